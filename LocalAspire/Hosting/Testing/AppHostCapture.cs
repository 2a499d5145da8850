using System.Reflection;

namespace Aspire.Hosting.Runtime;

/// <summary>
/// How a test gets the application that an AppHost's own Main builds: Main runs on a thread of its own, its Build waits until the test
/// asks for the application, and its Run returns when the test is done with it.
/// </summary>
sealed class AppHostCapture : IDisposable
{
    static readonly AsyncLocal<AppHostCapture?> _current = new();

    readonly TaskCompletionSource<DistributedApplicationBuilder> _builder = new(TaskCreationOptions.RunContinuationsAsynchronously);
    readonly TaskCompletionSource<DistributedApplication> _application = new(TaskCreationOptions.RunContinuationsAsynchronously);
    readonly TaskCompletionSource _finished = new(TaskCreationOptions.RunContinuationsAsynchronously);
    readonly ManualResetEventSlim _buildAsked = new();
    readonly Thread _main;

    AppHostCapture(Assembly appHost, string[] args)
    {
        AppHost = appHost;
        var entryPoint = appHost.EntryPoint ?? throw new InvalidOperationException($"{appHost.GetName().Name} has no Main to run.");
        _main = new Thread(() => RunMain(entryPoint, args)) { IsBackground = true, Name = $"{appHost.GetName().Name} Main" };
    }

    public static AppHostCapture? Current => _current.Value;

    public Assembly AppHost { get; }

    public Task<DistributedApplicationBuilder> Builder => _builder.Task;

    public Task Finished => _finished.Task;

    public static AppHostCapture Start(Assembly appHost, string[] args)
    {
        var capture = new AppHostCapture(appHost, args);
        capture._main.Start();
        return capture;
    }

    /// <summary>Called by Main: blocks it until the test wants the application.</summary>
    public DistributedApplication BuildWhenAsked(DistributedApplicationBuilder builder)
    {
        _builder.TrySetResult(builder);
        _buildAsked.Wait();
        if (Finished.IsCompleted)
            throw new OperationCanceledException("The test ended without building the application.");
        var application = builder.BuildHere();
        _application.TrySetResult(application);
        return application;
    }

    /// <summary>Called by the test.</summary>
    public Task<DistributedApplication> BuildAsync(CancellationToken cancellationToken)
    {
        _buildAsked.Set();
        return _application.Task.WaitAsync(cancellationToken);
    }

    /// <summary>The application and its testing builder both end here; the first one does it.</summary>
    public void Dispose()
    {
        if (!_finished.TrySetResult())
            return;
        _buildAsked.Set();
        _main.Join();
        _buildAsked.Dispose();
    }

    void RunMain(MethodInfo entryPoint, string[] args)
    {
        _current.Value = this;
        Exception? failure = null;
        try
        {
            entryPoint.Invoke(null, entryPoint.GetParameters().Length == 0 ? null : [args]);
        }
        catch (TargetInvocationException exception)
        {
            failure = exception.InnerException;
        }
        // What Main did not deliver it never will; a test that still waits learns why.
        failure ??= new InvalidOperationException($"Main of {AppHost.GetName().Name} ended without building an application.");
        _builder.TrySetException(failure);
        _application.TrySetException(failure);
    }
}
