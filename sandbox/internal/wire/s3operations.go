package wire

// The operations of S3 by what their path names: each with its method and what else tells it from others, a query
// parameter, a pair, or (with @) a header. Two operations of the SDK are missing: ListDirectoryBuckets and
// WriteGetObjectResponse belong to S3 Express and to Object Lambda, which have addresses and signing names of their own.
// A test compares the list with the SDK's client.
const (
	s3ServiceOperations = `
		ListBuckets GET;`

	s3BucketOperations = `
		CreateBucket PUT; CreateBucketMetadataConfiguration POST metadataConfiguration;
		CreateBucketMetadataTableConfiguration POST metadataTable; CreateSession GET session; DeleteBucket DELETE;
		DeleteBucketAnalyticsConfiguration DELETE analytics id; DeleteBucketCors DELETE cors;
		DeleteBucketEncryption DELETE encryption;
		DeleteBucketIntelligentTieringConfiguration DELETE intelligent-tiering id;
		DeleteBucketInventoryConfiguration DELETE inventory id; DeleteBucketLifecycle DELETE lifecycle;
		DeleteBucketMetadataConfiguration DELETE metadataConfiguration;
		DeleteBucketMetadataTableConfiguration DELETE metadataTable; DeleteBucketMetricsConfiguration DELETE metrics id;
		DeleteBucketOwnershipControls DELETE ownershipControls; DeleteBucketPolicy DELETE policy;
		DeleteBucketReplication DELETE replication; DeleteBucketTagging DELETE tagging;
		DeleteBucketWebsite DELETE website; DeleteObjects POST delete; DeletePublicAccessBlock DELETE publicAccessBlock;
		GetBucketAbac GET abac; GetBucketAccelerateConfiguration GET accelerate; GetBucketAcl GET acl;
		GetBucketAnalyticsConfiguration GET analytics id; GetBucketCors GET cors; GetBucketEncryption GET encryption;
		GetBucketIntelligentTieringConfiguration GET intelligent-tiering id;
		GetBucketInventoryConfiguration GET inventory id; GetBucketLifecycleConfiguration GET lifecycle;
		GetBucketLocation GET location; GetBucketLogging GET logging;
		GetBucketMetadataConfiguration GET metadataConfiguration; GetBucketMetadataTableConfiguration GET metadataTable;
		GetBucketMetricsConfiguration GET metrics id; GetBucketNotificationConfiguration GET notification;
		GetBucketOwnershipControls GET ownershipControls; GetBucketPolicy GET policy;
		GetBucketPolicyStatus GET policyStatus; GetBucketReplication GET replication;
		GetBucketRequestPayment GET requestPayment; GetBucketTagging GET tagging; GetBucketVersioning GET versioning;
		GetBucketWebsite GET website; GetObjectLockConfiguration GET object-lock;
		GetPublicAccessBlock GET publicAccessBlock; HeadBucket HEAD; ListBucketAnalyticsConfigurations GET analytics;
		ListBucketIntelligentTieringConfigurations GET intelligent-tiering;
		ListBucketInventoryConfigurations GET inventory; ListBucketMetricsConfigurations GET metrics;
		ListMultipartUploads GET uploads; ListObjectVersions GET versions; ListObjects GET;
		ListObjectsV2 GET list-type=2; PutBucketAbac PUT abac; PutBucketAccelerateConfiguration PUT accelerate;
		PutBucketAcl PUT acl; PutBucketAnalyticsConfiguration PUT analytics id; PutBucketCors PUT cors;
		PutBucketEncryption PUT encryption; PutBucketIntelligentTieringConfiguration PUT intelligent-tiering id;
		PutBucketInventoryConfiguration PUT inventory id; PutBucketLifecycleConfiguration PUT lifecycle;
		PutBucketLogging PUT logging; PutBucketMetricsConfiguration PUT metrics id;
		PutBucketNotificationConfiguration PUT notification; PutBucketOwnershipControls PUT ownershipControls;
		PutBucketPolicy PUT policy; PutBucketReplication PUT replication; PutBucketRequestPayment PUT requestPayment;
		PutBucketTagging PUT tagging; PutBucketVersioning PUT versioning; PutBucketWebsite PUT website;
		PutObjectLockConfiguration PUT object-lock; PutPublicAccessBlock PUT publicAccessBlock;
		UpdateBucketMetadataAnnotationTableConfiguration PUT metadataAnnotationTable;
		UpdateBucketMetadataInventoryTableConfiguration PUT metadataInventoryTable;
		UpdateBucketMetadataJournalTableConfiguration PUT metadataJournalTable;`

	s3ObjectOperations = `
		AbortMultipartUpload DELETE uploadId; CompleteMultipartUpload POST uploadId; CopyObject PUT @x-amz-copy-source;
		CreateMultipartUpload POST uploads; DeleteObject DELETE; DeleteObjectAnnotation DELETE annotation;
		DeleteObjectTagging DELETE tagging; GetObject GET; GetObjectAcl GET acl; GetObjectAnnotation GET annotation;
		GetObjectAttributes GET attributes; GetObjectLegalHold GET legal-hold; GetObjectRetention GET retention;
		GetObjectTagging GET tagging; GetObjectTorrent GET torrent; HeadObject HEAD;
		ListObjectAnnotations GET annotation; ListParts GET uploadId; PutObject PUT; PutObjectAcl PUT acl;
		PutObjectAnnotation PUT annotation; PutObjectLegalHold PUT legal-hold; PutObjectRetention PUT retention;
		PutObjectTagging PUT tagging; RenameObject PUT renameObject; RestoreObject POST restore;
		SelectObjectContent POST select select-type=2; UpdateObjectEncryption PUT encryption;
		UploadPart PUT partNumber uploadId; UploadPartCopy PUT @x-amz-copy-source partNumber uploadId;`
)
