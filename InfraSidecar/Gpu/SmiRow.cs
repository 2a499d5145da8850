using System.Globalization;

namespace AiPlatform.InfraSidecar.Gpu;

/// <summary>One line of a table of nvidia-smi. A value that is not known is null.</summary>
sealed class SmiRow(IReadOnlyList<string> header, IReadOnlyList<string> cells)
{
    public IReadOnlyList<string> Cells => cells;

    public string? Text(SmiField field) => Find(field) is { } column && !IsAbsent(cells[column]) ? cells[column] : null;

    public double? Number(SmiField field) => Find(field) is { } column ? Unit.Read(cells[column], Unit.Of(header[column])) : null;

    public long? Whole(SmiField field) => Number(field) is { } number and < long.MaxValue ? (long)Math.Round(number) : null;

    /// <summary>A bit mask such as <c>0x0000000000000004</c>.</summary>
    public ulong? Mask(SmiField field) =>
        Text(field) is { } text && text.StartsWith("0x", StringComparison.OrdinalIgnoreCase)
        && ulong.TryParse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var mask) ? mask : null;

    // [N/A], N/A, [Not Supported], [Insufficient Permissions], [Unknown Error], [Requested functionality has been deprecated], nothing …
    static bool IsAbsent(string cell) => cell is "" or "N/A" or "Not Supported" or "Unknown Error" or "Insufficient Permissions" or "ERR!" || (cell[0] == '[' && cell[^1] == ']');

    int? Find(SmiField field)
    {
        foreach (var name in field.Names)
        {
            for (var column = 0; column < header.Count; column++)
            {
                if (Unit.Strip(header[column]) == name)
                    return column;
            }
        }
        return null;
    }
}
