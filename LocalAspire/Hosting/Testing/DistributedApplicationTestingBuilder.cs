namespace Aspire.Hosting.Testing;

public static class DistributedApplicationTestingBuilder
{
    public static Task<IDistributedApplicationTestingBuilder> CreateAsync<TEntryPoint>(CancellationToken cancellationToken = default)
        where TEntryPoint : class => CreateAsync<TEntryPoint>([], cancellationToken);

    /// <summary>What the AppHost's Main describes, with random ports and data that is removed afterwards.</summary>
    public static async Task<IDistributedApplicationTestingBuilder> CreateAsync<TEntryPoint>(
        string[] args, CancellationToken cancellationToken = default)
        where TEntryPoint : class => await AppHostMain.RunAsync(typeof(TEntryPoint).Assembly, args, cancellationToken);

    /// <summary>An application the test itself describes.</summary>
    public static IDistributedApplicationTestingBuilder Create(params string[] args) => new DistributedApplicationBuilder(args, isTest: true);
}
