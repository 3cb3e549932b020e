// Package wire turns requests of the AWS protocols into the SDK's input types, and the SDK's output types and
// exceptions into responses.
//
// Five protocols are spoken: AWS JSON (config, ssm, organizations, tagging), REST-JSON (lambda, scheduler, account),
// Query with XML answers (cloudformation, sts, iam), REST-XML (s3), and RPC v2 CBOR, or JSON or Query as the client
// likes (monitoring, which is CloudWatch). Everything goes by reflection over the types of aws-sdk-go-v2. Operations and
// routes are in tables that `go generate ./...` writes from the SDK's modules (gen);
// names and places of members come from the SDK's schemas where a module has them, otherwise from the same tables. The
// SDK's own Serialize methods are not used for values: they leave out zero scalars, and "recording": false must reach
// the client.
//
// The protocols are described at https://smithy.io/2.0/aws/protocols/index.html; the SDK modules' request and
// response snapshots, the SDK's clients and botocore are the witnesses that both directions agree with it.
package wire
