namespace Aspire.Hosting.ApplicationModel;

public class ParameterResource : Resource, IValueProvider
{
    readonly Lazy<string> _value;

    internal ParameterResource(string name, Func<string> valueGetter, bool secret) : base(name)
    {
        _value = new(valueGetter);
        Secret = secret;
    }

    public bool Secret { get; }

    public ValueTask<string?> GetValueAsync(CancellationToken cancellationToken) => ValueTask.FromResult<string?>(_value.Value);
}
