using System.ComponentModel.DataAnnotations;
using System.Text.RegularExpressions;

namespace AiPlatform.Contracts;

/// <summary>What <see cref="StringLengthAttribute"/> and <see cref="Words.Printable"/> are to one word, for every word of a list.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class EachWordAttribute(int maximumLength) : ValidationAttribute
{
    public int MaximumLength => maximumLength;

    /// <summary>What is wrong with one word; null where nothing is.</summary>
    public string? Check(string? word) => word switch
    {
        null => "must not be null.",
        { Length: var length } when length > maximumLength => $"must have at most {maximumLength} characters, not {length}.",
        // By length, because $ also matches before a line break at the end.
        _ => Regex.Match(word, Words.Printable).Length == word.Length && word.Length > 0 ? null : Words.PrintableMessage,
    };

    public override bool IsValid(object? value) => value is null || (value is IEnumerable<string?> words && words.All(word => Check(word) is null));
}
