package lambda_test

import (
	"strconv"

	"github.com/layerfleet/layerfleet/sandbox/internal/function"
)

// seedRecord is the i-th of many plain functions.
func seedRecord(i int) function.Record {
	return function.Record{
		Account: account, Region: region, Name: "f" + strconv.Itoa(i), Runtime: "python3.12", Handler: "main.h", Role: role,
		PackageType: "Zip", Arch: "x86_64", MemoryMB: 128, TimeoutSec: 3,
	}
}
