// Package layer holds the names of Lambda layers: layer ARNs, layer version ARNs
// and what a person may type for them.
package layer

import (
	"strconv"
	"strings"
)

// ARN names a layer: all of its versions in one Region of one account.
type ARN struct {
	Partition string `json:"partition"`        // "aws", "aws-cn", …
	Region    string `json:"region,omitempty"` // "eu-west-1"
	Account   string `json:"account_id"`       // twelve digits
	Name      string `json:"name"`             // at most 140 letters, digits, "-" and "_"
}

// String gives arn:PARTITION:lambda:REGION:ACCOUNT:layer:NAME.
func (a ARN) String() string {
	return "arn:" + a.Partition + ":lambda:" + a.Region + ":" + a.Account + ":layer:" + a.Name
}

// WithRegion is the layer of the same account and name in another Region, in that
// Region's partition. The two are different layers: their versions are counted apart.
func (a ARN) WithRegion(region string) ARN {
	a.Region, a.Partition = region, PartitionOf(region)
	return a
}

// At is version n of the layer.
func (a ARN) At(n int64) VersionARN { return VersionARN{ARN: a, Version: n} }

// VersionARN names one version of a layer: what a function's layer list holds.
type VersionARN struct {
	ARN
	Version int64 // 1 and up, counted per Region
}

// String gives arn:PARTITION:lambda:REGION:ACCOUNT:layer:NAME:VERSION.
func (v VersionARN) String() string {
	return v.ARN.String() + ":" + strconv.FormatInt(v.Version, 10)
}

// WithRegion is the version of the same number in another Region. Nothing says
// that it exists, or that it holds the same files: ask the catalog.
func (v VersionARN) WithRegion(region string) VersionARN {
	return v.ARN.WithRegion(region).At(v.Version)
}

// ParseARN reads a layer ARN without a version. Its error is a *ParseError.
func ParseARN(s string) (ARN, error) {
	arn, version, err := split(s)
	switch {
	case err != nil:
		return ARN{}, err
	case version != "":
		return ARN{}, &ParseError{s, "has a version where a whole layer is asked for", "leave out the last part: " + arn.String()}
	}
	return arn, nil
}

// ParseVersionARN reads a layer version ARN. Its error is a *ParseError.
func ParseVersionARN(s string) (VersionARN, error) {
	arn, version, err := split(s)
	if err != nil {
		return VersionARN{}, err
	}
	if version == "" {
		return VersionARN{}, &ParseError{s, "has no version", "a layer version ARN ends in a number: " + arn.String() + ":1"}
	}
	n, err := strconv.ParseInt(version, 10, 64)
	if err != nil || n < 1 || version[0] == '0' || version[0] == '+' {
		return VersionARN{}, &ParseError{s, "has version " + strconv.Quote(version) + ", which is not a number from 1 up", ""}
	}
	return arn.At(n), nil
}

// split takes an ARN apart. The version is the text after the name, unchecked.
// The parts are those of the Lambda API model; AWS's own "awslayer" form is refused
// by name, since it has neither Region nor account nor a list of versions.
func split(s string) (arn ARN, version string, err error) {
	fail := func(problem, advice string) (ARN, string, error) {
		return ARN{}, "", &ParseError{s, problem, advice}
	}
	parts := strings.Split(s, ":")
	switch {
	case parts[0] != "arn":
		return fail("does not begin with arn:", shape)
	case len(parts) >= 6 && parts[2] == "lambda" && parts[5] == "awslayer":
		return fail("is a layer that AWS manages, which has no versions to choose from", "")
	case len(parts) >= 6 && (parts[2] != "lambda" || parts[5] != "layer"):
		return fail("is not the ARN of a Lambda layer", shape)
	case len(parts) < 7 || len(parts) > 8:
		return fail("has "+strconv.Itoa(len(parts))+" parts between colons, not 7 or 8", shape)
	}
	arn = ARN{Partition: parts[1], Region: parts[3], Account: parts[4], Name: parts[6]}
	if len(parts) == 8 {
		if version = parts[7]; version == "" {
			return fail("ends in a colon without a version", shape)
		}
	}
	switch {
	case !partitionForm.MatchString(arn.Partition):
		return fail("has partition "+strconv.Quote(arn.Partition)+", which is not the name of one", "the usual partition is aws")
	case !ValidRegion(arn.Region):
		return fail("has Region "+strconv.Quote(arn.Region)+", which is not the name of one", "a Region looks like eu-west-1")
	case arn.Partition != PartitionOf(arn.Region):
		return fail("has partition "+arn.Partition+", but Region "+arn.Region+" is in "+PartitionOf(arn.Region), "")
	case !ValidAccount(arn.Account):
		return fail("has account "+strconv.Quote(arn.Account)+", which is not twelve digits", "")
	case !ValidName(arn.Name):
		return fail("has layer name "+strconv.Quote(arn.Name)+", which is not 1 to 140 letters, digits, - and _", "")
	}
	return arn, version, nil
}

const shape = "a layer is arn:PARTITION:lambda:REGION:ACCOUNT:layer:NAME, a layer version has :NUMBER after it"

// ParseError says what is wrong with the text of an ARN or a name.
type ParseError struct {
	Text    string // as given
	Problem string // a sentence part that follows the text
	Advice  string // what would be right; may be empty
}

func (e *ParseError) Error() string { return strconv.Quote(e.Text) + " " + e.Problem }

// Hint is the advice, for the command line.
func (e *ParseError) Hint() string { return e.Advice }
