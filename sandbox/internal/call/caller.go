package call

import "strings"

// Caller is who acts, where. The credential scope of a request says the Region, its access key says the rest.
type Caller struct {
	// Principal is the ARN of the acting identity (an IAM user or an assumed-role session), or, for a service
	// that acts by itself, its service principal, such as ssm.amazonaws.com.
	Principal string
	// Account is the 12-digit account that the identity belongs to; operations act in this account.
	Account string
	// Region is the Region that the call is sent to.
	Region string
	// AccessKey is the key that signed the request. It leads to the session's policies; empty for a service.
	AccessKey string
	// Via is the service principal of the service that forwards the call for the identity
	// (cloudformation.amazonaws.com for a stack), or empty.
	Via string
}

// Administrator is the all-powerful user that the sandbox makes in each account. Its access key is the account id.
func Administrator(account, region string) Caller {
	return Caller{Principal: "arn:aws:iam::" + account + ":user/administrator", Account: account, Region: region, AccessKey: account}
}

// ServiceCaller is an AWS service acting by itself on behalf of an account.
func ServiceCaller(service, account, region string) Caller {
	return Caller{Principal: service, Account: account, Region: region}
}

// IsService says whether the principal is an AWS service, not an identity of an account.
func (c Caller) IsService() bool { return !strings.HasPrefix(c.Principal, "arn:") }

// InRegion is the same identity acting in another Region.
func (c Caller) InRegion(region string) Caller {
	c.Region = region
	return c
}

// Through is the same identity with its call forwarded by a service.
func (c Caller) Through(service string) Caller {
	c.Via = service
	return c
}
