"""Training of the encoders under `models/`: prepare, train, distil, quantise, export, evaluate. Run `python -m training --help` in `models/`."""
