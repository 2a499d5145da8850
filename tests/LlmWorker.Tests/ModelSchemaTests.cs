using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using AiPlatform.LlmWorker.Configuration;

namespace AiPlatform.LlmWorker.Tests;

/// <summary><c>docs/models.schema.json</c> knows the fields, kinds and ranges that the reader of the configuration file knows.</summary>
public sealed class ModelSchemaTests
{
    static readonly JsonElement Schema = JsonElement.Parse(RepositoryFile.Read("docs", "models.schema.json"));

    [Theory]
    [InlineData("", """{"?":1}""")]
    [InlineData("$defs.provider", """{"providers":{"a":{"?":1}}}""")]
    [InlineData("$defs.group", """{"providers":{"a":{"base_url":"http://a"}},"groups":{"g":{"?":1}}}""")]
    [InlineData("$defs.deployment", """{"providers":{"a":{"base_url":"http://a"}},"groups":{"g":{"deployments":[{"?":1}]}}}""")]
    public void It_has_the_fields_that_the_reader_knows(string place, string file)
    {
        var unknown = Errors(file).Single(error => error.Contains("? is not known: ", StringComparison.Ordinal));
        var known = unknown.Split("is not known: ")[1].Replace(" are.", "", StringComparison.Ordinal).Split(", ");

        Assert.Equal(known.Order(), At(place).GetProperty("properties").EnumerateObject().Select(field => field.Name).Order());
        Assert.False(At(place).GetProperty("additionalProperties").GetBoolean());
    }

    [Fact]
    public void It_has_the_kinds_that_the_reader_knows()
    {
        var error = Assert.Single(Errors("""{"providers":{"a":{"base_url":"http://a","kind":"?"}}}"""));
        var known = Regex.Match(error, "one of (.*) is expected").Groups[1].Value.Split(", ");

        Assert.Equal([.. known, null], Property("provider", "kind").GetProperty("enum").EnumerateArray().Select(kind => kind.GetString()));
    }

    [Theory]
    [InlineData("provider", "max_tokens", """{"providers":{"a":{"base_url":"http://a","max_tokens":0}}}""")]
    [InlineData("deployment", "max_context_tokens", """{"providers":{"a":{"base_url":"http://a"}},"groups":{"g":{"deployments":[{"provider":"a","max_context_tokens":0}]}}}""")]
    [InlineData("deployment", "concurrency", """{"providers":{"a":{"base_url":"http://a"}},"groups":{"g":{"deployments":[{"provider":"a","concurrency":0}]}}}""")]
    public void It_has_the_ranges_that_the_reader_knows(string of, string field, string file)
    {
        var number = Property(of, field);

        Assert.EndsWith(
            $" is 0: a whole number from {number.GetProperty("minimum")} to {number.GetProperty("maximum")} is expected.", Assert.Single(Errors(file)),
            StringComparison.Ordinal);
    }

    static JsonElement Property(string of, string field) => At($"$defs.{of}").GetProperty("properties").GetProperty(field);

    static JsonElement At(string place) =>
        place.Split('.', StringSplitOptions.RemoveEmptyEntries).Aggregate(Schema, (schema, name) => schema.GetProperty(name));

    static IReadOnlyList<string> Errors(string file) => ModelConfigFile.Parse(Encoding.UTF8.GetBytes(file), new LlmOptions(), _ => null).Errors;
}
