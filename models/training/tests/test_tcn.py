import numpy as np
import onnxruntime
import torch

from training.tcn import ShapeNetwork
from training.tcn_export import export
from training.tcn_shapes import SHAPES, batch, draw
from training.tcn_windows import CELLS, CHANNELS, to_cells, to_channels


def test_blocks_do_not_see_the_future():
    net = ShapeNetwork().eval()
    x = torch.randn(1, CHANNELS, CELLS)
    other = x.clone()
    other[:, :, 90:] = 0

    def states(h):
        for block in net.blocks:
            h = block(h)
        return h

    with torch.no_grad():
        a, b = states(x), states(other)
    assert torch.equal(a[:, :, :90], b[:, :, :90])
    assert not torch.allclose(a[:, :, 90:], b[:, :, 90:])


def test_windows_are_free_of_units():
    x, reference, _, _ = draw(np.random.default_rng(1), "step-up")
    assert np.allclose(to_channels(x, reference), to_channels(x * 4096, reference * 4096), atol=1e-5)


def test_late_and_lost_samples_keep_their_cells():
    times = np.array([0.0, 10.2, 19.9, 40.1, 50.0])
    cells, width = to_cells(times, np.arange(5.0))
    assert len(cells) == 6 and np.isnan(cells[3]) and cells[4] == 3 and 9 < width < 11


def test_every_shape_is_drawn_with_its_onset():
    x, shape, onset = batch(np.random.default_rng(2), 300)
    assert set(shape) == set(range(len(SHAPES)))
    assert ((onset >= 0) == (shape > 0)).all() and np.isfinite(x).all()
    assert all(x[i, 3, k] != 0 for i, k in enumerate(onset) if k >= 0)


def test_the_graph_answers_as_the_network(tmp_path):
    torch.manual_seed(3)
    net = ShapeNetwork().eval()
    export(net, tmp_path / "model.onnx")
    x = batch(np.random.default_rng(4), 20)[0]
    session = onnxruntime.InferenceSession(str(tmp_path / "model.onnx"), providers=["CPUExecutionProvider"])
    shape, onset = session.run(None, {"windows": x})
    with torch.no_grad():
        expected = net(torch.from_numpy(x))
    assert np.abs(shape - expected[0].numpy()).max() < 1e-4
    inside = x[:, 3] != 0
    assert np.abs(onset - expected[1].numpy())[inside].max() < 1e-4
