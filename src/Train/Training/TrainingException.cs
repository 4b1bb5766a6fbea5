using IlgpuVq.Tensors;

namespace IlgpuVq.Train.Training;

/// <summary>Training that cannot go on, in one line for its user; the last checkpoint is unharmed.</summary>
internal sealed class TrainingException(string message) : UserException(message);
