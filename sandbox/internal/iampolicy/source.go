package iampolicy

import "context"

type sourceKey struct{}

// WithSourceARN records in ctx the resource for which a service makes calls. Policies read it as aws:SourceArn.
func WithSourceARN(ctx context.Context, arn string) context.Context {
	return context.WithValue(ctx, sourceKey{}, arn)
}

// SourceARN is the ARN that [WithSourceARN] recorded in ctx, or empty.
func SourceARN(ctx context.Context) string {
	arn, _ := ctx.Value(sourceKey{}).(string)
	return arn
}
