// Package difftest compares this implementation of Guard with the real
// engines: it generates rules from the grammar and documents from their
// vocabulary, has both evaluated, and reduces what they disagree on.
//
// The engines are found by the environment: LAYERFLEET_CFN_GUARD_2 is the path
// of cfn-guard 2.1.3, LAYERFLEET_CFN_GUARD_3 that of 3.1.1.
package difftest
