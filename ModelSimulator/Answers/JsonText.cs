using System.Text.Encodings.Web;
using System.Text.Json;

namespace AiPlatform.ModelSimulator.Answers;

static class JsonText
{
    /// <summary>Letters of every language go out unescaped, as vLLM sends them; the writers here only write well-formed shapes.</summary>
    public static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };
}
