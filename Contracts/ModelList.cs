using System.Text.Json.Serialization;

namespace AiPlatform.Contracts;

/// <summary>Answer of <c>GET /v1/models</c>, in OpenAI's form.</summary>
/// <param name="Kind">Always <c>list</c>.</param>
public sealed record ModelList([property: JsonPropertyName("object")] string Kind, IReadOnlyList<ServedModel> Data);

/// <summary>A model profile that a live worker serves.</summary>
/// <param name="Id">What <c>model</c> is to be.</param>
/// <param name="Kind">Always <c>model</c>.</param>
/// <param name="Created">Always 0: a profile has no date.</param>
/// <param name="OwnedBy">Always <c>aiplatform</c>.</param>
public sealed record ServedModel(string Id, [property: JsonPropertyName("object")] string Kind, long Created, string OwnedBy)
{
    public ServedModel(string id)
        : this(id, "model", 0, "aiplatform")
    {
    }
}
