using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using AiPlatform.Contracts;

namespace AiPlatform.Client.Http;

/// <summary>The wire types as a client reads and writes them: what a newer service adds is passed over, and what is not set is left out.</summary>
static class ClientJson
{
    public static readonly ContractsJson Wire = new(new JsonSerializerOptions(ContractsJson.Default.Options)
    {
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Skip,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        // A body is JSON and never HTML: a text that is not English would take three times the bytes of the 8 MiB.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });
}
