package layer

import (
	"regexp"
	"strings"
)

var (
	partitionForm = regexp.MustCompile(`^aws(-[a-z]+)*$`)
	regionForm    = regexp.MustCompile(`^[a-z]{2,5}(-[a-z]+)+-[0-9]{1,2}$`)
	accountForm   = regexp.MustCompile(`^[0-9]{12}$`)
	nameForm      = regexp.MustCompile(`^[a-zA-Z0-9_-]{1,140}$`)
)

// ValidName reports whether s can be the name of a layer.
func ValidName(s string) bool { return nameForm.MatchString(s) }

// ValidAccount reports whether s has the form of an account id.
func ValidAccount(s string) bool { return accountForm.MatchString(s) }

// ValidRegion reports whether s has the form of a Region's name. Whether AWS has
// such a Region is not asked: new ones appear faster than programs are built.
func ValidRegion(s string) bool { return regionForm.MatchString(s) }

// partitions maps the beginning of Region names to partitions, as
// botocore's partitions.json does; everything else is in "aws".
var partitions = []struct{ prefix, partition string }{
	{"cn-", "aws-cn"},
	{"us-gov-", "aws-us-gov"},
	{"eusc-", "aws-eusc"},
	{"us-iso-", "aws-iso"},
	{"us-isob-", "aws-iso-b"},
	{"eu-isoe-", "aws-iso-e"},
	{"us-isof-", "aws-iso-f"},
}

// PartitionOf is the partition that a Region belongs to.
func PartitionOf(region string) string {
	for _, p := range partitions {
		if strings.HasPrefix(region, p.prefix) {
			return p.partition
		}
	}
	return "aws"
}
