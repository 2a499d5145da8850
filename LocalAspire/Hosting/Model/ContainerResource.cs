namespace Aspire.Hosting.ApplicationModel;

/// <summary>A server that Aspire runs as a container and LocalAspire from the machine's packages.</summary>
public abstract class ContainerResource(string name) : Resource(name), IResourceWithEnvironment, IResourceWithEndpoints, IResourceWithWaitSupport
{
    internal override bool IsServer => true;
}
