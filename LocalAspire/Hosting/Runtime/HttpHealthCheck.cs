using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting.Runtime;

sealed record HttpHealthCheck(EndpointAnnotation Endpoint, string Path, int StatusCode);
