package account

import (
	"slices"
	"strings"
)

// regionsOf are the Regions of a partition as botocore's partitions.json of 2026 lists them.
func regionsOf(partition string) []string {
	switch partition {
	case "aws-cn":
		return []string{"cn-north-1", "cn-northwest-1"}
	case "aws-us-gov":
		return []string{"us-gov-east-1", "us-gov-west-1"}
	case "aws-eusc":
		return []string{"eusc-de-east-1"}
	}
	return append(byDefault(), strings.Fields(`af-south-1 ap-east-1 ap-east-2 ap-south-2 ap-southeast-3 ap-southeast-4 ap-southeast-5
		ap-southeast-6 ap-southeast-7 ca-west-1 eu-central-2 eu-south-1 eu-south-2 il-central-1 me-central-1 me-south-1 mx-central-1`)...)
}

// byDefault are the Regions that every account of the aws partition has without opting in: those from before
// 2019-03-20 (AWS Account Management Reference Guide, "Enable or disable Regions").
func byDefault() []string {
	return strings.Fields(`ap-northeast-1 ap-northeast-2 ap-northeast-3 ap-south-1 ap-southeast-1 ap-southeast-2 ca-central-1
		eu-central-1 eu-north-1 eu-west-1 eu-west-2 eu-west-3 sa-east-1 us-east-1 us-east-2 us-west-1 us-west-2`)
}

// optIn says whether a Region must be opted into.
func optIn(region string) bool {
	return slices.Contains(regionsOf("aws"), region) && !slices.Contains(byDefault(), region)
}
