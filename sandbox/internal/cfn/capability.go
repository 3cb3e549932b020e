package cfn

import (
	"slices"
	"strings"
)

// The capabilities that a caller acknowledges.
const (
	CapabilityIAM        = "CAPABILITY_IAM"
	CapabilityNamedIAM   = "CAPABILITY_NAMED_IAM"
	CapabilityAutoExpand = "CAPABILITY_AUTO_EXPAND"
)

// iamTypes are the types that need CAPABILITY_IAM, or CAPABILITY_NAMED_IAM if the property names the resource
// (docs: CreateStack, Capabilities).
var iamTypes = map[string]string{
	"AWS::IAM::AccessKey": "", "AWS::IAM::Policy": "", "AWS::IAM::UserToGroupAddition": "",
	"AWS::IAM::Role": "RoleName", "AWS::IAM::User": "UserName", "AWS::IAM::Group": "GroupName",
	"AWS::IAM::ManagedPolicy": "ManagedPolicyName", "AWS::IAM::InstanceProfile": "InstanceProfileName",
}

// Capability is the capability that the template needs, or empty, and the resource types that need it.
func (t *Template) Capability() (capability string, types []string) {
	for _, r := range t.Resources {
		name, iam := iamTypes[r.Type]
		if !iam {
			continue
		}
		if capability == "" {
			capability = CapabilityIAM
		}
		if name != "" && r.properties.get(name) != nil {
			capability = CapabilityNamedIAM
		}
		if !slices.Contains(types, r.Type) {
			types = append(types, r.Type)
		}
	}
	return capability, types
}

// CapabilityReason is the sentence of GetTemplateSummary about the types that need a capability.
func CapabilityReason(types []string) string {
	return "The following resource(s) require capabilities: [" + strings.Join(types, ", ") + "]"
}
