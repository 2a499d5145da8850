using System.Text;
using System.Text.Json;
using AiPlatform.ModelSimulator.Answers;

namespace AiPlatform.ModelSimulator.Chat;

/// <summary>Made up log probabilities: always the same for the same token, and the chosen token is the likeliest.</summary>
static class Logprobs
{
    // Each alternative is this much less likely than the one before it.
    const double Step = 0.75;

    public static void Write(Utf8JsonWriter json, int? top, AnswerText text, int from, int to)
    {
        if (top is not { } alternatives)
        {
            json.WriteNull("logprobs");
            return;
        }

        json.WriteStartObject("logprobs");
        json.WriteStartArray("content");
        for (var token = from; token < to; token++)
            WriteToken(json, text.Token(token).ToString(), alternatives);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    static void WriteToken(Utf8JsonWriter json, string token, int alternatives)
    {
        json.WriteStartObject();
        WriteFields(json, token, Logprob(token));
        json.WriteStartArray("top_logprobs");
        foreach (var (name, logprob) in Top(token, alternatives))
        {
            json.WriteStartObject();
            WriteFields(json, name, logprob);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    static void WriteFields(Utf8JsonWriter json, string token, double logprob)
    {
        json.WriteString("token", token);
        json.WriteNumber("logprob", logprob);
        json.WriteStartArray("bytes");
        foreach (var letter in Encoding.UTF8.GetBytes(token))
            json.WriteNumberValue(letter);
        json.WriteEndArray();
    }

    /// <summary>So many likely tokens, the chosen one first.</summary>
    public static IEnumerable<(string Token, double Logprob)> Top(string token, int alternatives)
    {
        var chosen = Logprob(token);
        return Enumerable.Range(0, alternatives).Select(rank => (rank == 0 ? token : $"{token}~{rank}", chosen - (rank * Step)));
    }

    /// <summary>Between -0.01 and -0.64, in steps that a double holds exactly.</summary>
    public static double Logprob(string token) => -(1 + (token.Aggregate(token.Length, (sum, letter) => sum + letter) % 41)) / 64.0;
}
