"""Users' neural networks, as files of ONNX, run by onnxruntime."""
