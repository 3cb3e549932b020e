// Package runbook holds what enforcement deploys, and renders it: the runbook script, the Guard policy, and the
// CloudFormation template that binds them in every account and Region; and it reads templates back.
//
// There is one script and one form of policy, held to move.Decide by one table of cases. [Standalone] puts them into
// deploy/lambdalayer.yaml, which takes the ARNs of one move as parameters and is uploaded by hand; [Render] puts them
// into a template with a table of many layers and Regions. Everything is a pure function of its arguments: nothing here
// talks to AWS.
package runbook
