using System.ComponentModel;
using System.Reflection;
using System.Text.Json;
using System.Text.RegularExpressions;
using AiPlatform.Api.Tests.Audio;
using AiPlatform.Contracts;
using AiPlatform.Jobs;
using AiPlatform.Testing;

namespace AiPlatform.Api.Tests;

/// <summary>The examples of docs/api.md do what the page says.</summary>
public sealed partial class ApiDocumentTests(ApiFixture fixture) : IClassFixture<ApiFixture>
{
    const string Result =
        """{"content":"Hello!","model":"qwen2.5-14b","usage":{"total_tokens":5},"duration_ms":7,"finish_reason":"stop","provider":"vllm","attempts":1}""";

    const string Vectors =
        """{"embeddings":["AAAAPwAAAMA=","AACAPwAAAEA="],"dimensions":2,"model":"bge-m3","usage":{"total_tokens":5},"duration_ms":7,"provider":"vllm","attempts":1}""";

    static readonly PageExamples Page = new("api.md");

    readonly RunningApi _api = fixture.Api;

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    /// <summary>The commands of each example, and what they should print.</summary>
    public static TheoryData<string, string> Commands() => [.. Page.Commands];

    [Theory]
    [MemberData(nameof(Commands))]
    public async Task A_command_prints_what_stands_below_it(string command, string output) =>
        Assert.Matches(PageExamples.Pattern(output), await WithWorkerAsync(() => Page.RunAsync(command, Address, Ct)));

    [Fact]
    public async Task The_CSharp_runs()
    {
        Assert.Contains(Flat(Block("csharp")), Flat(File.ReadAllText(Path.Combine(Root(), "tests", "Api.Tests", "ApiExamples.cs"))), StringComparison.Ordinal);
        await WithWorkerAsync(async () =>
        {
            await ApiExamples.AskAsync(Address, "none");
            return 0;
        });
    }

    [Fact]
    public async Task The_Python_runs()
    {
        try
        {
            var printed = await WithWorkerAsync(() => Page.RunAsync("python3", ["-c", Block("python")], Address, Ct));
            Assert.Equal("Hello!\nHello!", printed.TrimEnd());
        }
        catch (Win32Exception) when (Environment.GetEnvironmentVariable("REQUIRE_PYTHON") != "true")
        {
            Assert.Skip("python3 is not on the PATH.");
        }
    }

    [Fact]
    public void There_is_no_other_example()
    {
        // The JavaScript is run by NodeSdkTests.
        var others = Page.Blocks.Select(block => block.Language).Where(language => language is not ("sh" or "text"));
        Assert.Equal(["csharp", "js", "python"], others);
        Assert.Equal(Page.Commands.Count() + 1, Page.Blocks.Count(block => block.Language == "sh"));
    }

    [Fact]
    public void The_table_of_errors_has_each_code_with_its_status()
    {
        var rows = Row().Matches(Page.Text.Split("\n## Errors\n")[1]).Select(row => $"{row.Groups[1].Value} {row.Groups[2].Value}");
        var codes = Code().Matches(File.ReadAllText(Path.Combine(Root(), "Contracts", "ErrorCodes.cs"))).Select(code => $"{code.Groups[1].Value} {code.Groups[2].Value}").ToList();
        Assert.Equal(typeof(ErrorCodes).GetFields().Length, codes.Count);
        Assert.Equal(codes.Order(), rows.Order());
    }

    string Address => _api.Http.BaseAddress!.ToString().TrimEnd('/');

    async Task<T> WithWorkerAsync<T>(Func<Task<T>> example)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        var worker = AnswerAsync(ended.Token);
        var answer = await example();
        await ended.CancelAsync();
        await worker;
        return answer;
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

    static string Block(string language) => Assert.Single(Page.Blocks, block => block.Language == language).Text;

    static string Flat(string code) => string.Join('\n', code.Split('\n').Select(line => line.Trim()));

    static string Root() => typeof(ApiDocumentTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
        .Single(data => data.Key == "RepositoryRoot").Value!;

    [GeneratedRegex(@"^\| (\d{3}) \| `(\w+)` \|", RegexOptions.Multiline)]
    private static partial Regex Row();

    [GeneratedRegex("""<summary>(\d{3})[^\n]*\n[^\n]*const string \w+ = "(\w+)";""")]
    private static partial Regex Code();
}
