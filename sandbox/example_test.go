package sandbox_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/configservice"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"

	"github.com/layerfleet/layerfleet/sandbox"
)

// Find the functions of an organization that use a layer.
func Example() {
	ctx := context.Background()
	sb, err := sandbox.Start(ctx, sandbox.Options{Accounts: 3, Regions: []string{"eu-west-1"}, Functions: 12, Seed: 1})
	if err != nil {
		log.Fatal(err)
	}
	defer sb.Close()
	query := "SELECT accountId, resourceName WHERE resourceType = 'AWS::Lambda::Function' AND configuration.layers.arn = '" +
		sb.NewestLayer(sandbox.LayerRuntime, "eu-west-1") + "'"
	out, err := configservice.NewFromConfig(sb.AWSConfig(sb.Management(), sb.Home())).SelectAggregateResourceConfig(ctx, &configservice.SelectAggregateResourceConfigInput{
		ConfigurationAggregatorName: aws.String(sandbox.Aggregator), Expression: &query,
	})
	if err != nil {
		log.Fatal(err)
	}
	for _, r := range out.Results {
		fmt.Println(r)
	}
	// Output:
	// {"accountId":"100000000001","resourceName":"loyalty-resize-001"}
}

// Act as the administrator of an account, and as a role.
func ExampleSandbox_RoleConfig() {
	ctx := context.Background()
	sb, err := sandbox.Start(ctx, sandbox.Options{
		Empty: true, Accounts: 2, Regions: []string{"us-east-1"},
		Roles: []sandbox.Role{{Name: "Auditor", Policy: `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"lambda:List*","Resource":"*"}]}`}},
	})
	if err != nil {
		log.Fatal(err)
	}
	defer sb.Close()
	member := sb.Accounts()[1]
	auditor, err := sb.RoleConfig(ctx, member, "Auditor", "us-east-1")
	if err != nil {
		log.Fatal(err)
	}
	for _, cfg := range []aws.Config{sb.AWSConfig(member, "us-east-1"), auditor} {
		who, err := sts.NewFromConfig(cfg).GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
		if err != nil {
			log.Fatal(err)
		}
		_, err = lambda.NewFromConfig(cfg).GetAccountSettings(ctx, &lambda.GetAccountSettingsInput{})
		var refused smithy.APIError
		if errors.As(err, &refused) {
			fmt.Println(*who.Arn, refused.ErrorCode())
		} else {
			fmt.Println(*who.Arn, "may")
		}
	}
	// Output:
	// arn:aws:iam::100000000001:user/administrator may
	// arn:aws:sts::100000000001:assumed-role/Auditor/sandbox AccessDeniedException
}

// Let a minute pass without waiting for it.
func ExampleClock() {
	ctx := context.Background()
	sb, err := sandbox.Start(ctx, sandbox.Options{
		Empty: true, Regions: []string{"us-east-1"}, Stepped: true, Begin: time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC),
	})
	if err != nil {
		log.Fatal(err)
	}
	defer sb.Close()
	client := lambda.NewFromConfig(sb.AWSConfig(sb.Management(), "us-east-1"))
	made, err := client.CreateFunction(ctx, &lambda.CreateFunctionInput{
		FunctionName: aws.String("orders"), Role: aws.String("arn:aws:iam::" + sb.Management() + ":role/any"), PackageType: types.PackageTypeImage,
		Code: &types.FunctionCode{ImageUri: aws.String("100000000000.dkr.ecr.us-east-1.amazonaws.com/orders:1")},
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(sb.Clock().Now().Format(time.TimeOnly), made.State)
	err = sb.Clock().Until(ctx, time.Minute, func() bool {
		f, err := client.GetFunction(ctx, &lambda.GetFunctionInput{FunctionName: aws.String("orders")})
		return err == nil && f.Configuration.State == types.StateActive
	})
	fmt.Println(sb.Clock().Now().Format(time.TimeOnly+".0"), err)
	// Output:
	// 09:00:00 Pending
	// 09:00:01.5 <nil>
}

// Make the next call fail, and see what becomes of it.
func ExampleSandbox_Inject() {
	ctx := context.Background()
	sb, err := sandbox.Start(ctx, sandbox.Options{
		Empty: true, Regions: []string{"us-east-1"}, Stepped: true,
		OnCall: func(c sandbox.Call) { fmt.Printf("%s by %s: %q\n", c.Operation, c.Account, c.Code()) },
	})
	if err != nil {
		log.Fatal(err)
	}
	defer sb.Close()
	sb.Inject(sandbox.Fault{Service: "lambda", Times: 1, Status: http.StatusTooManyRequests, Code: "TooManyRequestsException", Message: "Rate exceeded"})
	_, err = lambda.NewFromConfig(sb.AWSConfig(sb.Management(), "us-east-1")).ListLayers(ctx, &lambda.ListLayersInput{})
	fmt.Println(err)
	// Output:
	// ListLayers by 100000000000: "TooManyRequestsException"
	// ListLayers by 100000000000: ""
	// <nil>
}

// What is not supported is refused by name.
func Example_refused() {
	ctx := context.Background()
	sb, err := sandbox.Start(ctx, sandbox.Options{Empty: true, Regions: []string{"us-east-1"}})
	if err != nil {
		log.Fatal(err)
	}
	defer sb.Close()
	client := lambda.NewFromConfig(sb.AWSConfig(sb.Management(), "us-east-1"))
	var refused smithy.APIError
	_, err = client.Invoke(ctx, &lambda.InvokeInput{FunctionName: aws.String("orders")})
	if errors.As(err, &refused) {
		fmt.Println(refused.ErrorCode()+":", refused.ErrorMessage())
	}
	_, err = client.ListFunctions(ctx, &lambda.ListFunctionsInput{MasterRegion: aws.String("us-east-1")})
	if errors.As(err, &refused) {
		fmt.Println(refused.ErrorCode()+":", refused.ErrorMessage())
	}
	// Output:
	// SandboxUnsupported: the layerfleet sandbox does not support the operation Invoke of lambda
	// SandboxUnsupported: the layerfleet sandbox does not support the member MasterRegion of lambda ListFunctions
}

// Evaluate a template as a stack would.
func ExampleTemplate_Evaluate() {
	template, err := sandbox.ParseTemplate(`{"Parameters": {"Name": {"Type": "String", "Default": "layers"}}, "Resources": {"Rule": {
		"Type": "AWS::Config::ConfigRule", "Properties": {"ConfigRuleName": {"Fn::Sub": "${Name}-${AWS::Region}"}, "Source": {"Owner": "CUSTOM_POLICY"}}}}}`)
	if err != nil {
		log.Fatal(err)
	}
	resources, _, err := template.Evaluate(nil, sandbox.StackPlace{Account: "100000000001", Region: "eu-west-1"})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(resources[0].Type, resources[0].Properties["ConfigRuleName"])
	// Output:
	// AWS::Config::ConfigRule layers-eu-west-1
}
