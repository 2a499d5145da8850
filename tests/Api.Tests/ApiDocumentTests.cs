using System.Diagnostics;
using System.Reflection;
using System.Text.Json;
using System.Text.RegularExpressions;
using AiPlatform.Api.Tests.Audio;
using AiPlatform.Jobs;

namespace AiPlatform.Api.Tests;

/// <summary>The examples of docs/api.md do what the page says.</summary>
public sealed partial class ApiDocumentTests(ApiFixture fixture) : IClassFixture<ApiFixture>
{
    const string Result =
        """{"content":"Hello!","model":"qwen2.5-14b","usage":{"total_tokens":5},"duration_ms":7,"finish_reason":"stop","provider":"vllm","attempts":1}""";

    const string Vectors =
        """{"embeddings":["AAAAPwAAAMA=","AACAPwAAAEA="],"dimensions":2,"model":"bge-m3","usage":{"total_tokens":5},"duration_ms":7,"provider":"vllm","attempts":1}""";

    readonly RunningApi _api = fixture.Api;

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    /// <summary>The commands of each example, and what it should print: <c>…</c> stands for anything, also a part of a line.</summary>
    public static TheoryData<string, string> Commands() =>
        [.. Block().Matches(Page()).Where(block => block.Groups["output"].Success).Select(block => (block.Groups["sh"].Value, block.Groups["output"].Value))];

    [Theory]
    [MemberData(nameof(Commands))]
    public async Task A_command_prints_what_stands_below_it(string command, string output)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        var worker = AnswerAsync(ended.Token);
        var printed = await RunAsync(Setup() + command);
        await ended.CancelAsync();
        await worker;
        Assert.Matches(Expected(output), printed);
    }

    [Fact]
    public async Task The_CSharp_runs()
    {
        var block = Page().Split("```csharp\n")[1].Split("```")[0];
        Assert.Contains(Flat(block), Flat(File.ReadAllText(Path.Combine(Root(), "tests", "Api.Tests", "ApiExamples.cs"))), StringComparison.Ordinal);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        var worker = AnswerAsync(ended.Token);
        await ApiExamples.AskAsync(_api.Http.BaseAddress!.ToString().TrimEnd('/'), "none");
        await ended.CancelAsync();
        await worker;
    }

    /// <summary>Plays the worker until it is ended.</summary>
    async Task AnswerAsync(CancellationToken ended)
    {
        try
        {
            while (true)
            {
                foreach (var job in await _api.Queue.ClaimAsync(
                    new ClaimRequest("w", ["llm_chat", "embedding", "transcription"], ["default"], 1, TimeSpan.FromSeconds(60), TimeSpan.FromSeconds(20)), ended))
                {
                    if (job.TaskType == "transcription")
                    {
                        await _api.FinishAsync(job);
                        continue;
                    }
                    var isChat = job.TaskType == "llm_chat";
                    if (isChat)
                    {
                        await ModelWorker.SayAsync(_api, job, "Hel", at: 0);
                        await ModelWorker.SayAsync(_api, job, "lo!", at: 3);
                    }
                    await _api.Queue.CompleteAsync(JobFence.Of(job), JsonElement.Parse(isChat ? Result : Vectors), Ct);
                }
            }
        }
        catch (OperationCanceledException) when (ended.IsCancellationRequested)
        {
            // The example is over.
        }
    }

    async Task<string> RunAsync(string script)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The examples are for a shell with curl.");
        var start = new ProcessStartInfo("bash", ["-euo", "pipefail", "-c", script])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Root(),
        };
        start.Environment["API"] = _api.Http.BaseAddress!.ToString().TrimEnd('/');
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync(Ct);
        var printed = await process.StandardOutput.ReadToEndAsync(Ct);
        await process.WaitForExitAsync(Ct);
        Assert.True(process.ExitCode == 0, $"bash ended with {process.ExitCode}: {await errors}");
        return printed;
    }

    /// <summary>The first block, which the others build on.</summary>
    static string Setup() => Block().Match(Page()).Groups["sh"].Value;

    static string Expected(string output) => string.Join(@"[\s\S]*?", output.TrimEnd().Split('…').Select(Regex.Escape)).Replace(@"\n", @"\s+", StringComparison.Ordinal);

    static string Flat(string code) => string.Join('\n', code.Split('\n').Select(line => line.Trim()));

    static string Page() => File.ReadAllText(Path.Combine(Root(), "docs", "api.md"));

    static string Root() => typeof(ApiDocumentTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
        .Single(data => data.Key == "RepositoryRoot").Value!;

    [GeneratedRegex("""```sh\n(?<sh>[^`]*)```(?:\n\n```text\n(?<output>[^`]*)```)?""")]
    private static partial Regex Block();
}
