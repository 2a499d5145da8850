using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting.Runtime;

internal sealed record HttpHealthCheck(EndpointAnnotation Endpoint, string Path, int StatusCode);
