namespace IlgpuVq.Models.Data;

/// <summary>One reading of an image in training: all that is random about it is a function of this alone, so that a run that goes
/// on reads what it would have read.</summary>
/// <param name="Seed">Of the run.</param>
/// <param name="Number">Which of the run's readings, from 0.</param>
public readonly record struct ImageDraw(ulong Seed, long Number);
