namespace AiPlatform.ModelSimulator.Answers;

/// <summary>A text cut into tokens: words with the white space before them, long ones in pieces.</summary>
sealed class AnswerText
{
    const int MaxTokenLetters = 12;
    const string Filler = " and the made up answer goes on";

    readonly string text;
    readonly List<int> ends;

    AnswerText(string text, List<int> ends)
    {
        this.text = text;
        this.ends = ends;
    }

    /// <summary>Of a request that generates nothing, not even the token that ends an answer.</summary>
    public static AnswerText None { get; } = new("", []);

    /// <summary>An empty text is one token, the one that ends every real answer.</summary>
    public int Tokens => ends.Count;

    public static AnswerText Of(string text)
    {
        var ends = new List<int>((text.Length / 5) + 1);
        for (var start = 0; start < text.Length; start = ends[^1])
            ends.Add(TokenEnd(text, start));
        if (ends.Count == 0)
            ends.Add(0);
        return new AnswerText(text, ends);
    }

    /// <summary>One text after the other, each with the tokens it has alone.</summary>
    public static AnswerText Join(AnswerText first, AnswerText second) =>
        new(string.Concat(first.First(first.Tokens), second.text), [.. first.ends, .. second.ends.Select(end => end + first.ends[^1])]);

    /// <summary>The same text with words added until it has this many tokens.</summary>
    public AnswerText Lengthen(int tokens)
    {
        if (Tokens >= tokens)
            return this;
        var fillerTokens = Of(Filler).Tokens;
        var repeats = ((tokens - Tokens) / fillerTokens) + 1;
        return Of(text + string.Concat(Enumerable.Repeat(Filler, repeats))).Shorten(tokens);
    }

    /// <summary>The same text and its last words again and again, until it is longer than so many tokens.</summary>
    public AnswerText Loop(int words, int tokens)
    {
        var first = Math.Max(0, Tokens - words);
        var last = " " + Between(first..Tokens).Trim().ToString();
        return Of(text + string.Concat(Enumerable.Repeat(last, (tokens / Of(last).Tokens) + 1))).Shorten(tokens + 1);
    }

    public AnswerText Shorten(int tokens) => Tokens <= tokens ? this : new AnswerText(text, ends[..tokens]);

    /// <summary>What comes after a beginning the model is given; words of its own when the text does not begin so.</summary>
    public AnswerText After(string beginning)
    {
        var whole = First(Tokens);
        return Of(whole.StartsWith(beginning, StringComparison.Ordinal) ? whole[beginning.Length..].ToString() : Filler);
    }

    public ReadOnlySpan<char> Token(int index) => Between(index..(index + 1));

    public ReadOnlySpan<char> Between(Range tokens) => text.AsSpan(Start(tokens.Start.Value)..Start(tokens.End.Value));

    public ReadOnlySpan<char> First(int tokens) => Between(0..tokens);

    int Start(int token) => token == 0 ? 0 : ends[token - 1];

    static int TokenEnd(string text, int start)
    {
        var end = start;
        while (end < text.Length && char.IsWhiteSpace(text[end]))
            end++;
        var word = end;
        while (end < text.Length && !char.IsWhiteSpace(text[end]) && end - word < MaxTokenLetters)
            end++;

        // Half of a surrogate pair cannot be written as UTF-8.
        return end < text.Length && end > start && char.IsHighSurrogate(text[end - 1]) && char.IsLowSurrogate(text[end]) ? end + 1 : end;
    }
}
