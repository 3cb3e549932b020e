package wire

// tableStatus is the HTTP status of an exception of a service whose SDK module does not carry it, by module name and
// wire code; 0 where the table says nothing, which means 400 for a client's fault and 500 for the server's.
//
// The values are those of the services' API models as botocore 1.43.11 carries them; a test compares the two.
// UNCONFIRMED: IAM exceptions that the model has without a status, and those newer than it, are taken for 400.
func tableStatus(service, code string) int {
	switch service {
	case "cloudformation":
		switch code {
		case "ChangeSetNotFound", "GeneratedTemplateNotFound", "HookResultNotFound", "OperationNotFoundException",
			"StackInstanceNotFoundException", "StackNotFoundException", "StackRefactorNotFoundException",
			"StackSetNotFoundException", "TypeConfigurationNotFoundException", "TypeNotFoundException":
			return 404
		case "CreatedButModifiedException", "NameAlreadyExistsException", "OperationIdAlreadyExistsException",
			"OperationInProgressException", "StackSetNotEmptyException", "StaleRequestException":
			return 409
		case "ConcurrentResourcesLimitExceeded":
			return 429
		}
	case "sts":
		switch code {
		case "IDPRejectedClaim", "OutboundWebIdentityFederationDisabledException", "RegionDisabledException",
			"SessionDurationEscalationException":
			return 403
		}
	case "iam":
		switch code {
		case "InvalidAuthenticationCode":
			return 403
		case "FeatureDisabled", "NoSuchEntity", "NotSupportedService", "ReportInProgress":
			return 404
		case "ConcurrentModification", "DeleteConflict", "DuplicateCertificate", "EntityAlreadyExists",
			"EntityTemporarilyUnmodifiable", "FeatureEnabled", "LimitExceeded", "ReportGenerationLimitExceeded":
			return 409
		case "ReportExpired", "ReportNotPresent":
			return 410
		}
	case "scheduler":
		switch code {
		case "ServiceQuotaExceededException":
			return 402
		case "ResourceNotFoundException":
			return 404
		case "ConflictException":
			return 409
		case "ThrottlingException":
			return 429
		}
	case "account":
		switch code {
		case "AccessDeniedException":
			return 403
		case "ResourceNotFoundException":
			return 404
		case "ConflictException":
			return 409
		case "ResourceUnavailableException":
			return 424
		case "TooManyRequestsException":
			return 429
		}
	}
	return 0
}
