namespace AiPlatform.AppHost;

/// <summary>A value from outside: an Aspire parameter that reaches services under the name of an environment variable.</summary>
sealed record Setting(string Variable, IResourceBuilder<ParameterResource> Parameter, bool IsConfigured)
{
    public bool IsSecret => Parameter.Resource.Secret;
}
