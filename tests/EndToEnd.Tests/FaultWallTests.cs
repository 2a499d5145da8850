using System.Net;
using System.Text;
using System.Text.Json;
using AiPlatform.Testing;

namespace AiPlatform.EndToEnd.Tests;

/// <summary>The sixteen faults of failoverbench, asked through OpenAI's form of the API: each is answered with the whole text, or, where nobody can
/// have it, told; never with a part that looks whole.</summary>
public sealed class FaultWallTests(WallSystem system)
{
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("alone-s01")]
    [InlineData("alone-s03")]
    [InlineData("alone-s05")]
    [InlineData("s04")]
    [InlineData("s06")]
    [InlineData("s07")]
    [InlineData("s08")]
    [InlineData("s09")]
    [InlineData("s10")]
    [InlineData("s11")]
    [InlineData("s12")]
    [InlineData("s14")]
    [InlineData("s16")]
    public async Task A_caller_who_waits_has_the_whole_answer(string group)
    {
        using var response = await WallSystem.AskAsync(system.Api, group, stream: false, Ct);
        Assert.Equal(system.Answer, await WallSystem.ContentAsync(response));
    }

    [Theory]
    [InlineData("stream-s01")]
    [InlineData("stream-s03")]
    [InlineData("stream-s05")]
    [InlineData("s04")]
    [InlineData("s06")]
    [InlineData("s07")]
    [InlineData("s08")]
    [InlineData("s09")]
    [InlineData("s10")]
    [InlineData("s11")]
    [InlineData("s12")]
    [InlineData("s16")]
    public async Task A_stream_is_whole_and_has_its_usage(string group)
    {
        var (text, end) = await StreamAsync(group);
        Assert.Equal((system.Answer, "[DONE]"), (text, end));
        // Not for want of a fault: those that fail once have failed.
        if (group.StartsWith("stream-", StringComparison.Ordinal))
        {
            Assert.Equal(2, (await system.TriesAsync($"fb-{group["stream-".Length..]}-stream")).Count);
        }
    }

    [Fact]
    public async Task S01_a_model_that_asks_for_two_seconds_has_them()
    {
        using var response = await WallSystem.AskAsync(system.Api, "alone-s01", stream: false, Ct);
        Assert.Equal(system.Answer, await WallSystem.ContentAsync(response));
        var tries = await system.TriesAsync("fb-s01-alone");
        Assert.True(tries[1] - tries[0] >= TimeSpan.FromSeconds(1.8), $"Tried again after {tries[1] - tries[0]}.");
    }

    [Fact]
    public async Task S02_a_model_that_always_refuses_is_not_hammered_and_the_caller_is_told_when_to_come_again()
    {
        using var response = await WallSystem.AskAsync(system.Api, "alone-s02", stream: false, Ct);
        Assert.True(response.StatusCode is HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable, $"{response.StatusCode}");
        var tries = await system.TriesAsync("fb-s02-alone");
        Assert.InRange(tries.Count, 1, 6);
        Assert.All(tries, first => Assert.True(tries.Count(other => other >= first && other - first <= TimeSpan.FromSeconds(3)) <= 4));
    }

    [Theory]
    [InlineData("s06")]
    [InlineData("s12")]
    public async Task What_cannot_succeed_there_is_asked_once(string group)
    {
        var before = (await system.TriesAsync($"fb-{group}")).Count;
        using var response = await WallSystem.AskAsync(system.Api, group, stream: false, Ct);
        Assert.Equal(system.Answer, await WallSystem.ContentAsync(response));
        Assert.Equal(before + 1, (await system.TriesAsync($"fb-{group}")).Count);
    }

    [Fact]
    public async Task S13_a_refusal_of_the_content_is_asked_once_and_told()
    {
        using var response = await WallSystem.AskAsync(system.Api, "s13", stream: false, Ct);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, response.StatusCode);
        Assert.Contains("safety system", await response.Content.ReadAsStringAsync(Ct), StringComparison.Ordinal);
        Assert.Single(await system.TriesAsync("fb-s13"));
    }

    [Fact]
    public async Task S14_a_stream_that_nobody_can_go_on_with_is_broken_off_with_an_error()
    {
        var (text, end) = await StreamAsync("s14");
        Assert.StartsWith(text, system.Answer, StringComparison.Ordinal);
        Assert.True(text.Length < system.Answer.Length);
        Assert.Contains("\"error\"", end, StringComparison.Ordinal);
    }

    [Fact]
    public async Task S15_a_model_that_comes_back_is_used_again()
    {
        using var meanwhile = await WallSystem.AskAsync(system.Api, "s15", stream: false, Ct);
        Assert.Equal((system.Answer, "s15->ok"), (await WallSystem.ContentAsync(meanwhile), Header(meanwhile, "X-Fallback")));
        await Eventually.That(
            async () =>
            {
                using var response = await WallSystem.AskAsync(system.Api, "s15", stream: false, Ct);
                Assert.Equal((system.Answer, "s15"), (await WallSystem.ContentAsync(response), Header(response, "X-Model-Group")));
            },
            Ct);
    }

    [Fact]
    public async Task S16_the_model_and_usage_that_are_told_are_those_that_answered()
    {
        using var response = await WallSystem.AskAsync(system.Api, "s16", stream: false, Ct);
        var answer = JsonElement.Parse(await response.Content.ReadAsStringAsync(Ct));
        Assert.Equal(("fb-ok", 60, "s16->ok"), (
            answer.GetProperty("model").GetString(), answer.GetProperty("usage").GetProperty("completion_tokens").GetInt32(), Header(response, "X-Fallback")));
    }

    static string? Header(HttpResponseMessage response, string name) => response.Headers.TryGetValues(name, out var values) ? values.Single() : null;

    /// <summary>The text, and the last event; a broken connection ends the stream after it.</summary>
    async Task<(string Text, string End)> StreamAsync(string group)
    {
        using var response = await WallSystem.AskAsync(system.Api, group, stream: true, Ct);
        Assert.True(response.IsSuccessStatusCode, $"{(int)response.StatusCode}");
        var (text, end, usage) = (new StringBuilder(), "", false);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(Ct));
        try
        {
            while (await reader.ReadLineAsync(Ct) is { } line)
            {
                if (!line.StartsWith("data: ", StringComparison.Ordinal))
                {
                    continue;
                }
                end = line["data: ".Length..];
                if (end != "[DONE]" && JsonElement.Parse(end) is var chunk && chunk.TryGetProperty("choices", out var choices))
                {
                    usage |= chunk.TryGetProperty("usage", out var used) && used.ValueKind == JsonValueKind.Object;
                    text.Append(choices.GetArrayLength() > 0 && choices[0].GetProperty("delta").TryGetProperty("content", out var said) ? said.GetString() : "");
                }
            }
        }
        catch (Exception broken) when (broken is IOException or HttpRequestException)
        {
            Assert.Contains("\"error\"", end, StringComparison.Ordinal);
        }
        Assert.True(usage || end != "[DONE]", "The stream ended well without usage.");
        return (text.ToString(), end);
    }
}
