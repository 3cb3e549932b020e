// Package sandbox is a local AWS organization: many accounts and Regions behind one loopback port, speaking AWS's own
// wire protocols, to rehearse layer rollouts and to test Guard policies and runbooks on.
//
//	sb, err := sandbox.Start(ctx, sandbox.Options{Accounts: 4, Regions: []string{"us-east-1"}, Functions: 50})
//	if err != nil { … }
//	defer sb.Close()
//	client := lambda.NewFromConfig(sb.AWSConfig("100000000001", "us-east-1"))
//
// Everything lives in memory, but for S3 objects and what Lambda took from them, which lie in a temporary directory
// until Close. What is not supported is refused by name, never stored and ignored.
package sandbox
