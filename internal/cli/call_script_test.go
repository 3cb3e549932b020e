package cli_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/rogpeppe/go-internal/testscript"

	"github.com/layerfleet/layerfleet/sandbox"
)

// call sends one signed request to the sandbox, as the administrator of an account:
// [!] call ACCOUNT REGION SERVICE OPERATION [INPUT]. The input is the API's JSON, in which a text "@FILE" stands for
// the file's content. The answer is on stdout; an error is on stderr, as CODE: MESSAGE.
func call(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 4 && len(args) != 5 {
		ts.Fatalf("usage: [!] call ACCOUNT REGION SERVICE OPERATION [INPUT]")
	}
	input := map[string]any{}
	if len(args) == 5 {
		ts.Check(json.Unmarshal([]byte(args[4]), &input))
	}
	for name, value := range input {
		if text, ok := value.(string); ok && strings.HasPrefix(text, "@") {
			input[name] = ts.ReadFile(text[1:])
		}
	}
	body, err := json.Marshal(input)
	ts.Check(err)
	key := aws.Credentials{AccessKeyID: args[0], SecretAccessKey: ts.Getenv("AWS_SECRET_ACCESS_KEY")}
	status, answer, err := post(ts.Getenv("AWS_ENDPOINT_URL")+"/layerfleet/call/"+args[3], key, args[1], args[2], body)
	ts.Check(err)
	refused := status != http.StatusOK
	if refused {
		var e struct {
			Code    string `json:"__type"`
			Message string `json:"message"`
		}
		ts.Check(json.Unmarshal(answer, &e))
		_, err = fmt.Fprintf(ts.Stderr(), "%s: %s\n", e.Code, e.Message)
	} else {
		_, err = ts.Stdout().Write(answer)
	}
	ts.Check(err)
	if refused != neg {
		ts.Fatalf("%s answered %d: %s", args[3], status, answer)
	}
}

func post(url string, key aws.Credentials, region, service string, body []byte) (status int, answer []byte, err error) {
	ctx := context.Background()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	sum := sha256.Sum256(body)
	if err := v4.NewSigner().SignHTTP(ctx, key, r, hex.EncodeToString(sum[:]), service, region, time.Now()); err != nil {
		return 0, nil, err
	}
	resp, err := (&http.Transport{}).RoundTrip(r)
	if err != nil {
		return 0, nil, err
	}
	defer resp.Body.Close()
	answer, err = io.ReadAll(resp.Body)
	return resp.StatusCode, answer, err
}

// fault makes calls of the sandbox fail: fault SERVICE OPERATION ACCOUNT|*[/REGION] TIMES CODE [MESSAGE]. TIMES 0 is
// always.
func fault(ts *testscript.TestScript, neg bool, args []string) {
	h, _ := ts.Value(holderKey{}).(*holder)
	if neg || len(args) < 5 || h == nil || h.sandbox == nil {
		ts.Fatalf("usage: fault SERVICE OPERATION ACCOUNT|*[/REGION] TIMES CODE [MESSAGE], after sandbox")
	}
	times, err := strconv.Atoi(args[3])
	ts.Check(err)
	account, region, _ := strings.Cut(args[2], "/")
	h.sandbox.Inject(sandbox.Fault{
		Service: args[0], Operation: args[1], Account: strings.TrimPrefix(account, "*"), Region: region, Times: times,
		Status: http.StatusBadRequest, Code: args[4], Message: strings.Join(args[5:], " "),
	})
}
