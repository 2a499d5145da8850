using System.Reflection;

namespace Aspire.Hosting.Runtime;

/// <summary>
/// How a test gets the builder that an AppHost's own Main fills: Main runs up to its Build, which does not return to it. What Main would do with
/// the application, the test does.
/// </summary>
static class AppHostMain
{
    static readonly AsyncLocal<Assembly?> _current = new();

    /// <summary>The AppHost whose Main runs for a test; null outside of it.</summary>
    public static Assembly? Current => _current.Value;

    public static Task<DistributedApplicationBuilder> RunAsync(Assembly appHost, string[] args, CancellationToken cancellationToken) => Task.Run(
        () =>
        {
            _current.Value = appHost;
            var main = appHost.EntryPoint ?? throw new InvalidOperationException($"{appHost.GetName().Name} has no Main to run.");
            try
            {
                main.Invoke(null, BindingFlags.DoNotWrapExceptions, null, main.GetParameters().Length == 0 ? null : [args], null);
            }
            catch (BuildReached reached)
            {
                return reached.Builder;
            }
            throw new InvalidOperationException($"Main of {appHost.GetName().Name} ended without building an application.");
        },
        cancellationToken);

    public static void EndAt(DistributedApplicationBuilder builder)
    {
        if (Current is not null)
            throw new BuildReached(builder);
    }

    sealed class BuildReached(DistributedApplicationBuilder builder) : Exception
    {
        public DistributedApplicationBuilder Builder => builder;
    }
}
