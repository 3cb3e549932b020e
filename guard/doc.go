// Package guard evaluates CloudFormation Guard rules, the policy language of
// AWS Config's custom policy rules and of cfn-guard.
package guard
