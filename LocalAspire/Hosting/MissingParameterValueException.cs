namespace Aspire.Hosting;

public sealed class MissingParameterValueException(string message) : DistributedApplicationException(message);
