using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace AiPlatform.LlmWorker.Agents;

/// <summary>
/// Text of others on its way into a prompt. What cannot be seen is left out, as instructions hide in it; every way of ending a line becomes the one; and
/// the words by which chat templates begin and end messages are broken up: many servers read them in any text as if the template had written them.
/// </summary>
static partial class PromptText
{
    const string Quote = "| ";

    // Persian and emoji are spelled with these two.
    const char NonJoiner = '\u200C';
    const char Joiner = '\u200D';

    public static string Clean(string text) => TemplateWords.Replace(Visible(text), " ");

    /// <summary>Cleaned, and each line begun with a mark that no text can take off itself.</summary>
    public static string Quoted(string text) => Quote + Clean(text).Trim().Replace("\n", "\n" + Quote, StringComparison.Ordinal);

    static string Visible(string text)
    {
        var visible = new StringBuilder(text.Length);
        var before = default(Rune);
        foreach (var rune in text.EnumerateRunes())
        {
            if (IsLineEnd(rune))
            {
                // CR and LF are one end of one line.
                visible.Append(rune.Value == '\n' && before.Value == '\r' ? "" : "\n");
            }
            else if (IsVisible(rune) && !(IsJoiner(rune.Value) && visible.Length > 0 && IsJoiner(visible[^1])))
            {
                visible.Append(rune.ToString());
            }
            before = rune;
        }
        return visible.ToString();
    }

    /// <summary>One joins as well as many, and a row of them would be work for whoever looks behind it.</summary>
    static bool IsJoiner(int character) => character is NonJoiner or Joiner;

    static bool IsLineEnd(Rune rune) => rune.Value is '\n' or '\r' or '\v' or '\f' or '\u0085' or '\u2028' or '\u2029';

    static bool IsVisible(Rune rune) => rune.Value is '\t' or NonJoiner or Joiner || Rune.GetUnicodeCategory(rune) is not (
        UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned);

    // The places in the middle of <|im_start|>, <｜User｜>, </s>, <start_of_turn>, <<SYS>>, [INST] and their like, where a space goes in.
    [GeneratedRegex(
        @"(?<=[<＜﹤][\u200C\u200D]?)(?=[\u200C\u200D]?[|｜])|(?<=[|｜][\u200C\u200D]?)(?=[\u200C\u200D]?[>＞﹥])"
        + @"|(?<=[<＜﹤])(?=[<＜﹤]?/?(?:s|bos|eos|unk|pad|mask|sys|start_of_turn|end_of_turn|start_of_image|tool_call|tool_response|think|extra_id_\d+)[>＞﹥])"
        + @"|(?<=\[)(?=/?(?:inst|system_prompt|available_tools|tool_calls|tool_results|tool_content|img|think|args)\])",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    static partial Regex TemplateWords { get; }
}
