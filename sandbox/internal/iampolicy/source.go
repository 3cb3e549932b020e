package iampolicy

import "context"

type sourceKey struct{}

// WithSourceARN says for which resource a service makes the calls that ctx is for. Policies read it as aws:SourceArn.
func WithSourceARN(ctx context.Context, arn string) context.Context {
	return context.WithValue(ctx, sourceKey{}, arn)
}

// SourceARN is what [WithSourceARN] put into ctx, or empty.
func SourceARN(ctx context.Context) string {
	arn, _ := ctx.Value(sourceKey{}).(string)
	return arn
}
