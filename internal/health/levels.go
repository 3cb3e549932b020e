package health

// The least rise that counts, whatever its significance.
const (
	MinErrors = 3
	MinRise   = 0.01 // one percentage point
)

// Levels are the chances of a false alarm that one look at a stage takes.
type Levels struct {
	Functions float64 // over all functions of the stage together
	Pooled    float64 // of the test over their sum
}

// The chances of a false alarm in a whole deployment, and of the pooled test in one stage. A look before the end takes a
// tenth: many looks multiply the chances.
const (
	deploymentLevel = 0.01
	pooledLevel     = 0.001
	early           = 0.1
)

// Final are the levels of the verdict at the end of one of the stages.
func Final(stages int) Levels {
	return Levels{Functions: deploymentLevel / float64(max(stages, 1)), Pooled: pooledLevel}
}

// Early are the levels of every look before that.
func Early(stages int) Levels {
	l := Final(stages)
	return Levels{Functions: l.Functions * early, Pooled: l.Pooled * early}
}
