using System.Reflection;
using AiPlatform.ServiceDefaults.Settings;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Options;

namespace AiPlatform.ServiceDefaults.Startup;

/// <summary>Turns what an operator can repair into one message on standard error and exit code 1, in place of a stack trace and an abort.</summary>
static class StartupFailure
{
    static int _reports;
    static CancellationToken _stopping;

    /// <summary>A start that is broken off because the process was told to stop, such as one that waits for its database, is a normal end. The host
    /// throws out of it all the same.</summary>
    public static void EndsQuietlyOn(CancellationToken stopping) => _stopping = stopping;

    public static void ReportReadably()
    {
        if (Interlocked.Exchange(ref _reports, 1) == 0)
            AppDomain.CurrentDomain.UnhandledException += (_, unhandled) => Report((Exception)unhandled.ExceptionObject);
    }

    /// <summary>The message for a failure that the operator can repair; null for a defect, whose stack trace is wanted.</summary>
    public static string? Explain(Exception failure, string process)
    {
        var reason = failure switch
        {
            StartupException => failure.Message,
            OptionsValidationException invalid => List(invalid.Failures),
            AggregateException all when all.InnerExceptions.All(inner => inner is OptionsValidationException) =>
                List(all.InnerExceptions.Cast<OptionsValidationException>().SelectMany(invalid => invalid.Failures)),
            IOException { InnerException: AddressInUseException } => failure.Message,
            _ => null,
        };
        return reason is null ? null : $"{process} cannot start: {reason}";
    }

    static string List(IEnumerable<string> failures)
    {
        var lines = failures.Distinct().ToList();
        var heading = lines.Count == 1 ? "1 setting is not valid." : $"{lines.Count} settings are not valid.";
        return string.Join(Environment.NewLine + "  ", lines.Prepend(heading));
    }

    /// <summary>A defect as the runtime writes it, which does so past every writer; null where it may: it says no secret.</summary>
    static string? Redacted(Exception defect)
    {
        var text = defect.ToString();
        var redacted = KnownSecrets.Redact(text);
        return redacted == text ? null : $"Unhandled exception. {redacted}";
    }

    static void Report(Exception failure)
    {
        if (failure is OperationCanceledException && _stopping.IsCancellationRequested)
            Environment.Exit(0);
        var message = Explain(failure, Assembly.GetEntryAssembly()?.GetName().Name ?? "The process") ?? Redacted(failure);
        if (message is null)
            return;
        Console.Error.WriteLine(message);
        Environment.Exit(1);
    }
}
