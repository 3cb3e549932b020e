// Package wire turns requests of the AWS protocols into the SDK's input types, and the SDK's output types and
// exceptions into responses.
//
// Three protocols are spoken: AWS JSON 1.1 (config, ssm, organizations), REST-JSON (lambda, scheduler, account) and
// Query with XML answers (cloudformation, sts, iam). Everything goes by reflection over the types of aws-sdk-go-v2;
// names and HTTP bindings come from the SDK's schemas where a service has them, otherwise from the Go names and the
// few exceptions listed in services.go. The SDK's own Serialize methods are not used for values: they leave out zero
// scalars, and "recording": false must reach the client.
//
// The protocols are described at https://smithy.io/2.0/aws/protocols/index.html; the SDK modules' request and
// response snapshots, the SDK's clients and botocore are the witnesses that both directions agree with it.
package wire
