// Package sandbox is a local AWS organization: many accounts and Regions behind one loopback port, speaking AWS's own wire
// protocols, to rehearse layer rollouts on and to test Guard policies, runbooks, templates and tools with.
//
//	sb, err := sandbox.Start(ctx, sandbox.Options{Accounts: 4, Regions: []string{"us-east-1"}, Functions: 50})
//	if err != nil { … }
//	defer sb.Close()
//	client := lambda.NewFromConfig(sb.AWSConfig(sb.Healthy()[0], "us-east-1"))
//
// Tests take package sandboxtest, which starts sandboxes that end with the test and fail it when something is wrong.
//
// # Accounts and credentials
//
// Start draws an organization: accounts in organizational units, some in trouble ([Trouble]), layers with several versions,
// functions that use them, AWS Config with an aggregator. The same [Options] draw the same, ids included. An Empty one has
// nothing but accounts.
//
// A request's signature says all about its sender: its scope has the Region, its access key the account. The access key of
// an account's administrator is the account's id, with one secret for all ([Sandbox.Env]); [Sandbox.AWSConfig] makes an
// aws.Config of it. Everybody else is a session of a role, from sts:AssumeRole or [Sandbox.RoleConfig]. IAM is enforced on
// every call: the policies of identities, sessions, roles' trust and layers. A call that comes without a signature is
// refused as AWS refuses it. [Outsider] is an account of somebody else.
//
// # Time
//
// AWS takes its time: updates, evaluations, remediation, stacks, schedules. In a sandbox time passes Speed times as fast,
// 60 times by default. In a Stepped one it stands still until somebody waits on the [Clock], and then goes from one event
// to the next, so that hours take milliseconds and every run sees the same times. Request quotas count on that time, and so
// does time.sleep in runbook scripts. Signatures and the expirations of sessions stay in real time, because the SDKs compare
// them with the machine's clock.
//
// # What is refused
//
// [Sandbox.Operations] lists what there is, and for each operation the input members that it acts on. Every other operation,
// member, template property or runbook action is refused by an error with the code [Unsupported] that names it. Nothing
// is stored and ignored. Where AWS documents or was seen to refuse something, the sandbox does so with AWS's code and text.
//
// # Faults and calls
//
// [Sandbox.Inject] makes calls fail. [Options.OnCall] sees every call: those of clients, and those that stacks, schedules,
// remediations and runbooks make. [Sandbox.Grants] says which permissions of a role were used.
//
// # Safety
//
// A sandbox listens on loopback only, and answers neither browsers nor requests for another host name. It keeps everything
// in memory, but for S3 objects and what Lambda took from them, which lie in a temporary directory until Close. Runbook
// scripts really run, by python3: they find the sandbox's address, their role's keys and a private home, and no AWS
// configuration of yours; but they are code that runs with your rights.
package sandbox
