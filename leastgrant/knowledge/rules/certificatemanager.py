"""AWS Certificate Manager."""

from leastgrant.knowledge.rule import required

_PRIVATE = "RequestCertificate, CertificateAuthorityArn, AWS Certificate Manager API Reference"
_RECORDS = "AWS::CertificateManager::Certificate, DomainValidationOptions, AWS CloudFormation Template Reference"

RULES = {
    "AWS::CertificateManager::Certificate": (
        required(
            "acm-pca:IssueCertificate",
            "acm-pca:GetCertificate",
            on="create",
            when="CertificateAuthorityArn",
            reason="a private certificate is issued with the caller's permissions",
            source=_PRIVATE,
        ),
        required(
            "route53:GetChange",
            on="create",
            when="DomainValidationOptions/HostedZoneId",
            add=True,
            reason="the validation's record is waited for",
            source=_RECORDS,
        ),
    ),
}
