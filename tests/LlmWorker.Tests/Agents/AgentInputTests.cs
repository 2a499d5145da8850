using System.Text.Json;
using AiPlatform.LlmWorker.Agents;

namespace AiPlatform.LlmWorker.Tests.Agents;

public sealed class AgentInputTests
{
    const string Message = """{"id":"m1","tenant_id":"a","text":"Hi"}""";
    const string Agent = """{"name":"Anna"}""";

    [Theory]
    [InlineData("7", "'input' must be an object.")]
    [InlineData("{}", "'message' must be an object.")]
    [InlineData("""{"message":[]}""", "'message' must be an object.")]
    [InlineData($$$"""{"message":{{{Message}}}}""", "'agent' must be an object.")]
    [InlineData($$$"""{"message":{"tenant_id":"a","text":"Hi"},"agent":{{{Agent}}}}""", "'message.id' must be a text that is not empty.")]
    [InlineData($$$"""{"message":{"id":7,"tenant_id":"a","text":"Hi"},"agent":{{{Agent}}}}""", "'message.id' must be a text.")]
    [InlineData($$$"""{"message":{"id":"m\n1","tenant_id":"a","text":"Hi"},"agent":{{{Agent}}}}""", "'message.id' must not hold control characters.")]
    [InlineData($$$"""{"message":{"id":"m1","text":"Hi"},"agent":{{{Agent}}}}""", "'message.tenant_id' is required where the job has no tenant_id of its own.")]
    [InlineData($$$"""{"message":{"id":"m1","tenant_id":"a"},"agent":{{{Agent}}}}""", "'message.text' must be a text that is not empty.")]
    [InlineData($$$"""{"message":{"id":"m1","tenant_id":"a","text":" \u200b\u0000 "},"agent":{{{Agent}}}}""", "'message.text' must be a text that is not empty.")]
    [InlineData($$$"""{"message":{"id":"m1","tenant_id":"a","text":"Hi","channel":5},"agent":{{{Agent}}}}""", "'message.channel' must be a text.")]
    [InlineData($$$"""{"message":{{{Message}}},"agent":{}}""", "'agent.name' must be a text that is not empty.")]
    [InlineData($$$"""{"message":{{{Message}}},"agent":{"name":"Anna","persona":["x"]}}""", "'agent.persona' must be a text.")]
    [InlineData($$$"""{"message":{{{Message}}},"agent":{"name":"Anna","model_group":1}}""", "'agent.model_group' must be a text.")]
    [InlineData($$$"""{"message":{{{Message}}},"agent":{"name":"Anna","tenant_id":"b"}}""", "'agent.tenant_id' is another than that of the message.")]
    [InlineData($$$"""{"message":{{{Message}}},"agent":{{{Agent}}},"history":{}}""", "'history' must be an array.")]
    [InlineData($$$"""{"message":{{{Message}}},"agent":{{{Agent}}},"history":["x"]}""", "'history[0]' must be an object.")]
    [InlineData($$$"""{"message":{{{Message}}},"agent":{{{Agent}}},"history":[{"role":"system","content":"x"}]}""", "'history[0].role' must be 'user' or 'assistant'.")]
    [InlineData($$$"""{"message":{{{Message}}},"agent":{{{Agent}}},"history":[{"role":"user","content":"x"},{"role":"user"}]}""",
        "'history[1].content' must be a text that is not empty.")]
    [InlineData($$$"""{"message":{{{Message}}},"agent":{{{Agent}}},"history":[{"role":"user","content":"x","tenant_id":"b"}]}""",
        "'history[0].tenant_id' is another than that of the message.")]
    public void What_is_wrong_is_named_by_its_field(string input, string expected)
    {
        Assert.Null(AgentInput.TryRead(JsonElement.Parse(input), null, out var problem));
        Assert.Equal(expected, problem);
    }

    [Fact]
    public void A_missing_input_is_told() => Assert.Null(AgentInput.TryRead(null, null, out _));

    [Fact]
    public void What_is_too_long_is_told_with_its_limit()
    {
        Read($$$"""{"message":{"id":"m1","tenant_id":"a","text":"{{{new string('x', 100_001)}}}"},"agent":{{{Agent}}}}""", null, out var text);
        Read($$$"""{"message":{{{Message}}},"agent":{"name":"Anna","system_prompt":"{{{new string('x', 32_001)}}}"}}""", null, out var prompt);
        Read($$$"""{"message":{{{Message}}},"agent":{{{Agent}}},"history":[{{{string.Join(',', Enumerable.Repeat("""{"role":"user","content":"x"}""", 501))}}}]}""", null, out var history);

        Assert.Equal(
            ("'message.text' must have at most 100000 characters, not 100001.", "'agent.system_prompt' must have at most 32000 characters, not 32001.",
                "'history' must have at most 500 entries, not 501."),
            (text, prompt, history));
    }

    [Fact]
    public void The_tenant_is_that_of_the_job_and_no_other()
    {
        var input = Read($$$"""{"message":{"id":"m1","text":"Hi"},"agent":{{{Agent}}}}""", "a", out var problem);
        Assert.Equal(("a", null), (input!.Message.TenantId, problem));

        Assert.Null(Read($$$"""{"message":{{{Message}}},"agent":{{{Agent}}}}""", "b", out problem));
        Assert.Equal("'message.tenant_id' is another than the job's own tenant_id.", problem);
    }

    [Fact]
    public void Other_fields_are_the_callers_own()
    {
        var input = Read($$$"""{"message":{"id":"m1","tenant_id":"a","text":"Hi","sent_at":1},"agent":{"name":"Anna","avatar":{}},"history":null,"x":1}""", null, out var problem);

        Assert.Null(problem);
        Assert.Equal(new AgentMessage("m1", "a", "Hi"), input!.Message);
        Assert.Equal(new AgentPersona("Anna", null, null, null, null), input.Agent);
        Assert.Empty(input.History);
    }

    static AgentInput? Read(string json, string? tenant, out string? problem) => AgentInput.TryRead(JsonElement.Parse(json), tenant, out problem);
}
