package sandbox

import (
	"strings"
	"testing"
)

// noEffect are accepted members that no code reads, and why a request with them is done as AWS does it.
func noEffect() map[string]string {
	const decryption = "it concerns only values of the type SecureString, which the sandbox refuses"
	return map[string]string{
		"cloudformation GetTemplate TemplateStage":                "without macros both stages are the same",
		"config PutConfigRule ConfigRule.Source.SourceIdentifier": "AWS ignores it for rules of the owner CUSTOM_POLICY",
		"config PutDeliveryChannel DeliveryChannel.S3KeyPrefix":   "it is kept with the rest of the channel, and shown",
		"scheduler DeleteSchedule ClientToken":                    "SDKs send a fresh one with each call",
		"ssm DeleteDocument Force":                                "it concerns only documents of application configurations",
		"ssm GetParameter WithDecryption":                         decryption,
		"ssm GetParameterHistory WithDecryption":                  decryption,
		"ssm GetParameters WithDecryption":                        decryption,
		"ssm GetParametersByPath WithDecryption":                  decryption,
	}
}

// TestClaims holds operations to what they claim: there is code that reads each member which an operation accepts, or
// the member would be ignored. What only the question of permission reads does not count. And whoever looks for the
// code of an operation finds it by the operation's name.
func TestClaims(t *testing.T) {
	t.Parallel()
	sb, err := Start(t.Context(), Options{Accounts: 1, Regions: []string{"us-east-1"}})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := sb.Close(); err != nil {
			t.Error(err)
		}
	}()
	code, harmless := load(t), noEffect()
	for _, op := range sb.dispatcher.Operations() {
		name := op.Service + " " + op.Name
		if have, want := code.handlers[name], strings.ToLower(op.Name[:1])+op.Name[1:]; have != want {
			t.Errorf("the handler of %s is %q, not %q", name, have, want)
		}
		for _, path := range op.Accepted() {
			if op.Service == "s3" && strings.Contains(path, "Checksum") {
				continue // one function reads those of all inputs by reflection
			}
			unread := code.unread(op.In, path)
			_, known := harmless[name+" "+path]
			delete(harmless, name+" "+path)
			if unread != "" && !known {
				t.Errorf("%s accepts %s, but nothing reads %s", name, path, unread)
			} else if unread == "" && known {
				t.Errorf("%s accepts %s, which is read: noEffect is wrong", name, path)
			}
		}
	}
	for what := range harmless {
		t.Errorf("noEffect has %s, which no operation accepts", what)
	}
}
