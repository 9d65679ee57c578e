PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE experiment (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  config_text TEXT NOT NULL,
  config_sha TEXT NOT NULL,
  added TEXT NOT NULL
) STRICT;
INSERT INTO experiment VALUES(1,'smoke',replace('experiment: smoke\ndescription: every part once, on tiny phantoms\ndatasets: [word]\nbackbones: [unet]\nmethods: [sliding_window, {nmsw: {k: [2, full]}}]\nnetworks: {unet: {channels: [4, 8, 8], strides: [2, 2, 1]}}\nglobal_network: {unet: {channels: [4, 8, 8], strides: [2, 2, 1]}}\ndata:\n  source: phantom\n  phantom: {train_cases: 2, validation_cases: 1, test_cases: 1, extent_xyz: [48, 48, 48]}\ntraining:\n  epochs: 2\n  iterations_per_epoch: 2\n  local_patches: 2\n  validation_every: 1\n  augmentation: none\n  initialise_nmsw_from: trained\ndataset_settings:\n  word:\n    patch_xyz: [24, 24, 24]\n    downsize_rate_xyz: [2, 2, 2]\n    preprocessing: {spacing_xyz_mm: ~}\nprofile:\n  volume: [48, 48, 48]\n  patch: [24, 24, 24]\n  downsize_rate: [2, 2, 2]\n  classes: 5\n  repeats: 1','\n',char(10)),'955b49544e0b63442c7b17032bf4840d3b1b9ef50caf8d34c569a6726854fa2b','2026-11-30T03:32:00.472Z');
CREATE TABLE task (
  id INTEGER PRIMARY KEY,
  key TEXT NOT NULL UNIQUE CHECK (key <> ''),
  kind TEXT NOT NULL CHECK (kind IN ('train', 'evaluate', 'profile')),
  dataset TEXT NOT NULL,
  backbone TEXT NOT NULL,
  method TEXT NOT NULL,
  k TEXT NOT NULL,
  scheme TEXT NOT NULL,
  class_weight TEXT NOT NULL,
  variant TEXT NOT NULL,
  seed INTEGER NOT NULL,
  config_json TEXT NOT NULL,
  macs_paper REAL,
  predicted_s REAL,
  predicted_peak_bytes REAL,
  cases_expected INTEGER NOT NULL,
  state TEXT NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'running', 'done', 'failed')),
  attempt INTEGER NOT NULL DEFAULT 0,
  worker TEXT NOT NULL DEFAULT '',
  lease_until_s REAL NOT NULL DEFAULT 0,
  progress REAL NOT NULL DEFAULT 0,
  progress_text TEXT NOT NULL DEFAULT '',
  last_error TEXT NOT NULL DEFAULT '',
  done_run INTEGER REFERENCES run (id),
  CHECK ((state = 'done') = (done_run IS NOT NULL))
) STRICT;
INSERT INTO task VALUES(1,'86f6cbda5ef4ff554adf280050688f530127ffe6d7488816e3641e6e5718d2cf','train','word','unet','','','local','on','',0,'{"result_format":1,"scheme":"local","data":{"descriptor":{"name":"word","title":"WORD: 16 abdominal organs in 150 CT scans of radiotherapy patients (V0.1.0)","layout":"word","modality":"CT","default_root":"data/WORD-V0.1.0","version":"","class_lists":[],"classes":["liver","spleen","left_kidney","right_kidney","stomach","gallbladder","esophagus","pancreas","duodenum","colon","intestine","adrenal","rectum","bladder","Head_of_femur_L","Head_of_femur_R"],"left_right_pairs":[["left_kidney","right_kidney"],["Head_of_femur_L","Head_of_femur_R"]],"label_map":[],"preprocessing":{"intensity":"window","window":[-250.0,500.0],"percentiles":[0.5,99.5],"statistics_over":"nonzero","spacing_xyz_mm":null,"crop_foreground":true,"pad_value":0.0,"divisible_pad_value":0.0,"label_interpolation":"nearest"},"patch_xyz":[24,24,24],"downsize_rate_xyz":[2,2,2],"fixed_volume_xyz":null,"nsd_tolerance_mm":2.0,"phantom":"abdomen","split":null,"cases":[]},"source":"phantom","phantom":{"train_cases":2,"validation_cases":1,"test_cases":1,"seed":1,"extent_xyz":[48,48,48],"noise_hu":12.0,"variation":1.0},"files":"","root":"results/data/word-c146cce5bbc7","cache_bytes":21474836480,"fit":{"minimum_xyz":[24,24,24],"multiple_xyz":[1,1,1],"fixed_xyz":null}},"networks":{"backbone":"unet","backbone_config":"{\"channels\":[4,8,8],\"strides\":[2,2,1]}","global_backbone":"","global_config":""},"model":{"sampler":"gumbel_top_k","perturbation_samples":500,"perturbation_sigma":1.0,"estimator":"paper","tau_start":2.0,"tau_end":0.3333333333333333,"log_probability":"scores","score_limit":70.0,"mask":"any","background_probability":"tiny","drawn_removal":"exact","score_positions":"uniform","soft_scaling":"training","aggregation":"class_weight","overlap_blend":"normalised","class_weight_start":0.0,"class_weight_minimum":-1.0,"class_weight_maximum":10.0,"label_alignment":"centre","entropy_sign":"maximise","entropy_multiplier":0.0001},"training":{"epochs":1,"iterations_per_epoch":1,"learning_rate":0.0003,"weight_decay":1e-05,"gradient_clip":1.0,"warmup_share":0.2,"warmup_start":"one_step","dice_weight":0.8,"ce_weight":0.2,"local_patches":2,"positive_share":0.6666666666666666,"top_k_patches":3,"random_patches":1,"random_positive_share":0.5,"foreground_draw":"voxel","patch_loss":"batch_with_random","initialise_nmsw_from":"trained","augmentation":"none","augmentation_translation_scale":1.0,"precision":"fp32","validation_every":1,"validation_cases":30,"validation_k":5,"keep_weights":"best","checkpoint_every_s":300,"local":{"epochs":null,"iterations_per_epoch":null,"learning_rate":null,"warmup_share":null},"global":{"epochs":null,"iterations_per_epoch":null,"learning_rate":null,"warmup_share":null},"nmsw":{"epochs":null,"iterations_per_epoch":null,"learning_rate":null,"warmup_share":null}},"overlap":0.5,"weights":[],"seed":0}',994705920.0,0.017691955200000001463,12206256.0,0,'done',1,'vm:15154',1796009640.541614294,1.0,'','',1);
INSERT INTO task VALUES(2,'d094a825bb82accfc6f475d72acd035b27681e804d4be194b0352e387be1824b','evaluate','word','unet','sliding_window','','','on','',0,'{"result_format":1,"method":"sliding_window","k":[],"data":{"descriptor":{"name":"word","title":"WORD: 16 abdominal organs in 150 CT scans of radiotherapy patients (V0.1.0)","layout":"word","modality":"CT","default_root":"data/WORD-V0.1.0","version":"","class_lists":[],"classes":["liver","spleen","left_kidney","right_kidney","stomach","gallbladder","esophagus","pancreas","duodenum","colon","intestine","adrenal","rectum","bladder","Head_of_femur_L","Head_of_femur_R"],"left_right_pairs":[["left_kidney","right_kidney"],["Head_of_femur_L","Head_of_femur_R"]],"label_map":[],"preprocessing":{"intensity":"window","window":[-250.0,500.0],"percentiles":[0.5,99.5],"statistics_over":"nonzero","spacing_xyz_mm":null,"crop_foreground":true,"pad_value":0.0,"divisible_pad_value":0.0,"label_interpolation":"nearest"},"patch_xyz":[24,24,24],"downsize_rate_xyz":[2,2,2],"fixed_volume_xyz":null,"nsd_tolerance_mm":2.0,"phantom":"abdomen","split":null,"cases":[]},"source":"phantom","phantom":{"train_cases":2,"validation_cases":1,"test_cases":1,"seed":1,"extent_xyz":[48,48,48],"noise_hu":12.0,"variation":1.0},"files":"","root":"results/data/word-c146cce5bbc7","cache_bytes":21474836480,"fit":{"minimum_xyz":[24,24,24],"multiple_xyz":[1,1,1],"fixed_xyz":null}},"networks":{"backbone":"unet","backbone_config":"{\"channels\":[4,8,8],\"strides\":[2,2,1]}","global_backbone":"","global_config":""},"model":{"sampler":"gumbel_top_k","perturbation_samples":500,"perturbation_sigma":1.0,"estimator":"paper","tau_start":2.0,"tau_end":0.3333333333333333,"log_probability":"scores","score_limit":70.0,"mask":"any","background_probability":"tiny","drawn_removal":"exact","score_positions":"uniform","soft_scaling":"training","aggregation":"class_weight","overlap_blend":"normalised","class_weight_start":0.0,"class_weight_minimum":-1.0,"class_weight_maximum":10.0,"label_alignment":"centre","entropy_sign":"maximise","entropy_multiplier":0.0001},"evaluation":{"overlap":0.5,"noise_at_test":false,"nsd_unit":"mm","nsd_tolerance":2.0,"absent_class":"monai","geometry":"original","max_cases":0,"keep_predictions":false},"weights":[{"role":"local","task_key":"86f6cbda5ef4ff554adf280050688f530127ffe6d7488816e3641e6e5718d2cf"}],"seed":0}',4641960960.0,0.079613798400000004851,308485576.0,1,'done',1,'vm:15154',1796009641.0163266659,1.0,'','',2);
INSERT INTO task VALUES(3,'7993f06ef3542a259f780103e4832dcc681eebb704c2279c5ea38986f038ffb0','train','word','unet','','','global','on','',0,'{"result_format":1,"scheme":"global","data":{"descriptor":{"name":"word","title":"WORD: 16 abdominal organs in 150 CT scans of radiotherapy patients (V0.1.0)","layout":"word","modality":"CT","default_root":"data/WORD-V0.1.0","version":"","class_lists":[],"classes":["liver","spleen","left_kidney","right_kidney","stomach","gallbladder","esophagus","pancreas","duodenum","colon","intestine","adrenal","rectum","bladder","Head_of_femur_L","Head_of_femur_R"],"left_right_pairs":[["left_kidney","right_kidney"],["Head_of_femur_L","Head_of_femur_R"]],"label_map":[],"preprocessing":{"intensity":"window","window":[-250.0,500.0],"percentiles":[0.5,99.5],"statistics_over":"nonzero","spacing_xyz_mm":null,"crop_foreground":true,"pad_value":0.0,"divisible_pad_value":0.0,"label_interpolation":"nearest"},"patch_xyz":[24,24,24],"downsize_rate_xyz":[2,2,2],"fixed_volume_xyz":null,"nsd_tolerance_mm":2.0,"phantom":"abdomen","split":null,"cases":[]},"source":"phantom","phantom":{"train_cases":2,"validation_cases":1,"test_cases":1,"seed":1,"extent_xyz":[48,48,48],"noise_hu":12.0,"variation":1.0},"files":"","root":"results/data/word-c146cce5bbc7","cache_bytes":21474836480,"fit":{"minimum_xyz":[24,24,24],"multiple_xyz":[8,8,8],"fixed_xyz":null}},"networks":{"backbone":"","backbone_config":"","global_backbone":"unet","global_config":"{\"channels\":[4,8,8],\"strides\":[2,2,1]}"},"model":{"sampler":"gumbel_top_k","perturbation_samples":500,"perturbation_sigma":1.0,"estimator":"paper","tau_start":2.0,"tau_end":0.3333333333333333,"log_probability":"scores","score_limit":70.0,"mask":"any","background_probability":"tiny","drawn_removal":"exact","score_positions":"uniform","soft_scaling":"training","aggregation":"class_weight","overlap_blend":"normalised","class_weight_start":0.0,"class_weight_minimum":-1.0,"class_weight_maximum":10.0,"label_alignment":"centre","entropy_sign":"maximise","entropy_multiplier":0.0001},"training":{"epochs":1,"iterations_per_epoch":1,"learning_rate":0.0003,"weight_decay":1e-05,"gradient_clip":1.0,"warmup_share":0.2,"warmup_start":"one_step","dice_weight":0.8,"ce_weight":0.2,"local_patches":2,"positive_share":0.6666666666666666,"top_k_patches":3,"random_patches":1,"random_positive_share":0.5,"foreground_draw":"voxel","patch_loss":"batch_with_random","initialise_nmsw_from":"trained","augmentation":"none","augmentation_translation_scale":1.0,"precision":"fp32","validation_every":1,"validation_cases":30,"validation_k":5,"keep_weights":"best","checkpoint_every_s":300,"local":{"epochs":null,"iterations_per_epoch":null,"learning_rate":null,"warmup_share":null},"global":{"epochs":null,"iterations_per_epoch":null,"learning_rate":null,"warmup_share":null},"nmsw":{"epochs":null,"iterations_per_epoch":null,"learning_rate":null,"warmup_share":null}},"overlap":0.5,"weights":[],"seed":0}',497352960.0,0.0088459776000000007317,6103128.0,0,'done',1,'vm:15154',1796009641.5115606784,1.0,'','',3);
INSERT INTO task VALUES(4,'22686cc1cdc759678b0f03708e4f1722ffef1a6eab328a6d43a997b570ad288c','evaluate','word','unet','zoom_out','','','on','',0,'{"result_format":1,"method":"zoom_out","k":[],"data":{"descriptor":{"name":"word","title":"WORD: 16 abdominal organs in 150 CT scans of radiotherapy patients (V0.1.0)","layout":"word","modality":"CT","default_root":"data/WORD-V0.1.0","version":"","class_lists":[],"classes":["liver","spleen","left_kidney","right_kidney","stomach","gallbladder","esophagus","pancreas","duodenum","colon","intestine","adrenal","rectum","bladder","Head_of_femur_L","Head_of_femur_R"],"left_right_pairs":[["left_kidney","right_kidney"],["Head_of_femur_L","Head_of_femur_R"]],"label_map":[],"preprocessing":{"intensity":"window","window":[-250.0,500.0],"percentiles":[0.5,99.5],"statistics_over":"nonzero","spacing_xyz_mm":null,"crop_foreground":true,"pad_value":0.0,"divisible_pad_value":0.0,"label_interpolation":"nearest"},"patch_xyz":[24,24,24],"downsize_rate_xyz":[2,2,2],"fixed_volume_xyz":null,"nsd_tolerance_mm":2.0,"phantom":"abdomen","split":null,"cases":[]},"source":"phantom","phantom":{"train_cases":2,"validation_cases":1,"test_cases":1,"seed":1,"extent_xyz":[48,48,48],"noise_hu":12.0,"variation":1.0},"files":"","root":"results/data/word-c146cce5bbc7","cache_bytes":21474836480,"fit":{"minimum_xyz":[24,24,24],"multiple_xyz":[8,8,8],"fixed_xyz":null}},"networks":{"backbone":"unet","backbone_config":"{\"channels\":[4,8,8],\"strides\":[2,2,1]}","global_backbone":"unet","global_config":"{\"channels\":[4,8,8],\"strides\":[2,2,1]}"},"model":{"sampler":"gumbel_top_k","perturbation_samples":500,"perturbation_sigma":1.0,"estimator":"paper","tau_start":2.0,"tau_end":0.3333333333333333,"log_probability":"scores","score_limit":70.0,"mask":"any","background_probability":"tiny","drawn_removal":"exact","score_positions":"uniform","soft_scaling":"training","aggregation":"class_weight","overlap_blend":"normalised","class_weight_start":0.0,"class_weight_minimum":-1.0,"class_weight_maximum":10.0,"label_alignment":"centre","entropy_sign":"maximise","entropy_multiplier":0.0001},"evaluation":{"overlap":0.5,"noise_at_test":false,"nsd_unit":"mm","nsd_tolerance":2.0,"absent_class":"monai","geometry":"original","max_cases":0,"keep_predictions":false},"weights":[{"role":"local","task_key":"86f6cbda5ef4ff554adf280050688f530127ffe6d7488816e3641e6e5718d2cf"},{"role":"global","task_key":"7993f06ef3542a259f780103e4832dcc681eebb704c2279c5ea38986f038ffb0"}],"seed":0}',2818333440.0,0.050127206399999998942,303582664.0,1,'done',1,'vm:15154',1796009641.5919988155,1.0,'','',4);
INSERT INTO task VALUES(5,'f1abfb51eb7c3278f1a6c54f30fdf6180691e353b876cae1b01022e93f268f60','evaluate','word','unet','random_foreground','2','','on','',0,'{"result_format":1,"method":"random_foreground","k":["2"],"data":{"descriptor":{"name":"word","title":"WORD: 16 abdominal organs in 150 CT scans of radiotherapy patients (V0.1.0)","layout":"word","modality":"CT","default_root":"data/WORD-V0.1.0","version":"","class_lists":[],"classes":["liver","spleen","left_kidney","right_kidney","stomach","gallbladder","esophagus","pancreas","duodenum","colon","intestine","adrenal","rectum","bladder","Head_of_femur_L","Head_of_femur_R"],"left_right_pairs":[["left_kidney","right_kidney"],["Head_of_femur_L","Head_of_femur_R"]],"label_map":[],"preprocessing":{"intensity":"window","window":[-250.0,500.0],"percentiles":[0.5,99.5],"statistics_over":"nonzero","spacing_xyz_mm":null,"crop_foreground":true,"pad_value":0.0,"divisible_pad_value":0.0,"label_interpolation":"nearest"},"patch_xyz":[24,24,24],"downsize_rate_xyz":[2,2,2],"fixed_volume_xyz":null,"nsd_tolerance_mm":2.0,"phantom":"abdomen","split":null,"cases":[]},"source":"phantom","phantom":{"train_cases":2,"validation_cases":1,"test_cases":1,"seed":1,"extent_xyz":[48,48,48],"noise_hu":12.0,"variation":1.0},"files":"","root":"results/data/word-c146cce5bbc7","cache_bytes":21474836480,"fit":{"minimum_xyz":[24,24,24],"multiple_xyz":[8,8,8],"fixed_xyz":null}},"networks":{"backbone":"unet","backbone_config":"{\"channels\":[4,8,8],\"strides\":[2,2,1]}","global_backbone":"unet","global_config":"{\"channels\":[4,8,8],\"strides\":[2,2,1]}"},"model":{"sampler":"gumbel_top_k","perturbation_samples":500,"perturbation_sigma":1.0,"estimator":"paper","tau_start":2.0,"tau_end":0.3333333333333333,"log_probability":"scores","score_limit":70.0,"mask":"any","background_probability":"tiny","drawn_removal":"exact","score_positions":"uniform","soft_scaling":"training","aggregation":"class_weight","overlap_blend":"normalised","class_weight_start":0.0,"class_weight_minimum":-1.0,"class_weight_maximum":10.0,"label_alignment":"centre","entropy_sign":"maximise","entropy_multiplier":0.0001},"evaluation":{"overlap":0.5,"noise_at_test":false,"nsd_unit":"mm","nsd_tolerance":2.0,"absent_class":"monai","geometry":"original","max_cases":0,"keep_predictions":false},"weights":[{"role":"local","task_key":"86f6cbda5ef4ff554adf280050688f530127ffe6d7488816e3641e6e5718d2cf"},{"role":"global","task_key":"7993f06ef3542a259f780103e4832dcc681eebb704c2279c5ea38986f038ffb0"}],"seed":0}',497352960.0,0.0088459776000000007317,309480904.0,1,'done',1,'vm:15154',1796009642.2025234699,1.0,'','',5);
INSERT INTO task VALUES(6,'646ea43781713f85775a411c3a11bce76d5f8487d81d57e3200ce67686b1be7a','train','word','unet','','','nmsw','on','',0,'{"result_format":1,"scheme":"nmsw","data":{"descriptor":{"name":"word","title":"WORD: 16 abdominal organs in 150 CT scans of radiotherapy patients (V0.1.0)","layout":"word","modality":"CT","default_root":"data/WORD-V0.1.0","version":"","class_lists":[],"classes":["liver","spleen","left_kidney","right_kidney","stomach","gallbladder","esophagus","pancreas","duodenum","colon","intestine","adrenal","rectum","bladder","Head_of_femur_L","Head_of_femur_R"],"left_right_pairs":[["left_kidney","right_kidney"],["Head_of_femur_L","Head_of_femur_R"]],"label_map":[],"preprocessing":{"intensity":"window","window":[-250.0,500.0],"percentiles":[0.5,99.5],"statistics_over":"nonzero","spacing_xyz_mm":null,"crop_foreground":true,"pad_value":0.0,"divisible_pad_value":0.0,"label_interpolation":"nearest"},"patch_xyz":[24,24,24],"downsize_rate_xyz":[2,2,2],"fixed_volume_xyz":null,"nsd_tolerance_mm":2.0,"phantom":"abdomen","split":null,"cases":[]},"source":"phantom","phantom":{"train_cases":2,"validation_cases":1,"test_cases":1,"seed":1,"extent_xyz":[48,48,48],"noise_hu":12.0,"variation":1.0},"files":"","root":"results/data/word-c146cce5bbc7","cache_bytes":21474836480,"fit":{"minimum_xyz":[24,24,24],"multiple_xyz":[8,8,8],"fixed_xyz":null}},"networks":{"backbone":"unet","backbone_config":"{\"channels\":[4,8,8],\"strides\":[2,2,1]}","global_backbone":"unet","global_config":"{\"channels\":[4,8,8],\"strides\":[2,2,1]}"},"model":{"sampler":"gumbel_top_k","perturbation_samples":500,"perturbation_sigma":1.0,"estimator":"paper","tau_start":2.0,"tau_end":0.3333333333333333,"log_probability":"scores","score_limit":70.0,"mask":"any","background_probability":"tiny","drawn_removal":"exact","score_positions":"uniform","soft_scaling":"training","aggregation":"class_weight","overlap_blend":"normalised","class_weight_start":0.0,"class_weight_minimum":-1.0,"class_weight_maximum":10.0,"label_alignment":"centre","entropy_sign":"maximise","entropy_multiplier":0.0001},"training":{"epochs":1,"iterations_per_epoch":1,"learning_rate":0.0003,"weight_decay":1e-05,"gradient_clip":1.0,"warmup_share":0.2,"warmup_start":"one_step","dice_weight":0.8,"ce_weight":0.2,"local_patches":2,"positive_share":0.6666666666666666,"top_k_patches":3,"random_patches":1,"random_positive_share":0.5,"foreground_draw":"voxel","patch_loss":"batch_with_random","initialise_nmsw_from":"trained","augmentation":"none","augmentation_translation_scale":1.0,"precision":"fp32","validation_every":1,"validation_cases":30,"validation_k":5,"keep_weights":"best","checkpoint_every_s":300,"local":{"epochs":null,"iterations_per_epoch":null,"learning_rate":null,"warmup_share":null},"global":{"epochs":null,"iterations_per_epoch":null,"learning_rate":null,"warmup_share":null},"nmsw":{"epochs":null,"iterations_per_epoch":null,"learning_rate":null,"warmup_share":null}},"overlap":0.5,"weights":[{"role":"local","task_key":"86f6cbda5ef4ff554adf280050688f530127ffe6d7488816e3641e6e5718d2cf"},{"role":"global","task_key":"7993f06ef3542a259f780103e4832dcc681eebb704c2279c5ea38986f038ffb0"}],"seed":0}',2486764800.0,0.044229888000000001924,30515640.0,0,'done',1,'vm:15154',1796009642.5730876922,1.0,'','',6);
INSERT INTO task VALUES(7,'803c306319b1682bca6ee2aaf40d2d9769dbb52722fed9dc7f6691648a1d4e91','evaluate','word','unet','nmsw','2,full','','on','',0,'{"result_format":1,"method":"nmsw","k":["2","full"],"data":{"descriptor":{"name":"word","title":"WORD: 16 abdominal organs in 150 CT scans of radiotherapy patients (V0.1.0)","layout":"word","modality":"CT","default_root":"data/WORD-V0.1.0","version":"","class_lists":[],"classes":["liver","spleen","left_kidney","right_kidney","stomach","gallbladder","esophagus","pancreas","duodenum","colon","intestine","adrenal","rectum","bladder","Head_of_femur_L","Head_of_femur_R"],"left_right_pairs":[["left_kidney","right_kidney"],["Head_of_femur_L","Head_of_femur_R"]],"label_map":[],"preprocessing":{"intensity":"window","window":[-250.0,500.0],"percentiles":[0.5,99.5],"statistics_over":"nonzero","spacing_xyz_mm":null,"crop_foreground":true,"pad_value":0.0,"divisible_pad_value":0.0,"label_interpolation":"nearest"},"patch_xyz":[24,24,24],"downsize_rate_xyz":[2,2,2],"fixed_volume_xyz":null,"nsd_tolerance_mm":2.0,"phantom":"abdomen","split":null,"cases":[]},"source":"phantom","phantom":{"train_cases":2,"validation_cases":1,"test_cases":1,"seed":1,"extent_xyz":[48,48,48],"noise_hu":12.0,"variation":1.0},"files":"","root":"results/data/word-c146cce5bbc7","cache_bytes":21474836480,"fit":{"minimum_xyz":[24,24,24],"multiple_xyz":[8,8,8],"fixed_xyz":null}},"networks":{"backbone":"unet","backbone_config":"{\"channels\":[4,8,8],\"strides\":[2,2,1]}","global_backbone":"unet","global_config":"{\"channels\":[4,8,8],\"strides\":[2,2,1]}"},"model":{"sampler":"gumbel_top_k","perturbation_samples":500,"perturbation_sigma":1.0,"estimator":"paper","tau_start":2.0,"tau_end":0.3333333333333333,"log_probability":"scores","score_limit":70.0,"mask":"any","background_probability":"tiny","drawn_removal":"exact","score_positions":"uniform","soft_scaling":"training","aggregation":"class_weight","overlap_blend":"normalised","class_weight_start":0.0,"class_weight_minimum":-1.0,"class_weight_maximum":10.0,"label_alignment":"centre","entropy_sign":"maximise","entropy_multiplier":0.0001},"evaluation":{"overlap":0.5,"noise_at_test":false,"nsd_unit":"mm","nsd_tolerance":2.0,"absent_class":"monai","geometry":"original","max_cases":0,"keep_predictions":false},"weights":[{"role":"nmsw","task_key":"646ea43781713f85775a411c3a11bce76d5f8487d81d57e3200ce67686b1be7a"}],"seed":0}',4641960960.0,0.082562467725000004969,309480904.0,1,'done',1,'vm:15154',1796009642.7600882053,1.0,'','',7);
INSERT INTO task VALUES(8,'aa13ee3c704393981acffea365bebb978e87ad62ec30f1b969b5aa1770ac2fd0','profile','','unet','sliding_window','','','on','',0,'{"result_format":1,"method":"sliding_window","k":[],"networks":{"backbone":"unet","backbone_config":"{\"channels\":[4,8,8],\"strides\":[2,2,1]}","global_backbone":"","global_config":""},"model":{"sampler":"gumbel_top_k","perturbation_samples":500,"perturbation_sigma":1.0,"estimator":"paper","tau_start":2.0,"tau_end":0.3333333333333333,"log_probability":"scores","score_limit":70.0,"mask":"any","background_probability":"tiny","drawn_removal":"exact","score_positions":"uniform","soft_scaling":"training","aggregation":"class_weight","overlap_blend":"normalised","class_weight_start":0.0,"class_weight_minimum":-1.0,"class_weight_maximum":10.0,"label_alignment":"centre","entropy_sign":"maximise","entropy_multiplier":0.0001},"volume_xyz":[48,48,48],"patch_xyz":[24,24,24],"downsize_rate_xyz":[2,2,2],"overlap":0.5,"num_classes":5,"device":"cpu","warmup":1,"repeats":1}',865686528.0,0.02015539200000000114,303187336.0,0,'done',1,'vm:15154',1796009643.4819197655,1.0,'','',8);
INSERT INTO task VALUES(9,'fcdbf15240d386d4ce65442b5eaa3f9bf04b20b2f4ceaa993ccfb66ae9909b85','profile','','unet','zoom_out','','','on','',0,'{"result_format":1,"method":"zoom_out","k":[],"networks":{"backbone":"unet","backbone_config":"{\"channels\":[4,8,8],\"strides\":[2,2,1]}","global_backbone":"unet","global_config":"{\"channels\":[4,8,8],\"strides\":[2,2,1]}"},"model":{"sampler":"gumbel_top_k","perturbation_samples":500,"perturbation_sigma":1.0,"estimator":"paper","tau_start":2.0,"tau_end":0.3333333333333333,"log_probability":"scores","score_limit":70.0,"mask":"any","background_probability":"tiny","drawn_removal":"exact","score_positions":"uniform","soft_scaling":"training","aggregation":"class_weight","overlap_blend":"normalised","class_weight_start":0.0,"class_weight_minimum":-1.0,"class_weight_maximum":10.0,"label_alignment":"centre","entropy_sign":"maximise","entropy_multiplier":0.0001},"volume_xyz":[48,48,48],"patch_xyz":[24,24,24],"downsize_rate_xyz":[2,2,2],"overlap":0.5,"num_classes":5,"device":"cpu","warmup":1,"repeats":1}',154586880.0,0.0037324799999999998256,301553032.0,0,'done',1,'vm:15154',1796009643.6645998954,1.0,'','',9);
INSERT INTO task VALUES(10,'1592cb873db9f29e8aabde8937e32ae0f4574e549c84a8708bf0d756bbca1315','profile','','unet','random_foreground','2','','on','',0,'{"result_format":1,"method":"random_foreground","k":["2"],"networks":{"backbone":"unet","backbone_config":"{\"channels\":[4,8,8],\"strides\":[2,2,1]}","global_backbone":"unet","global_config":"{\"channels\":[4,8,8],\"strides\":[2,2,1]}"},"model":{"sampler":"gumbel_top_k","perturbation_samples":500,"perturbation_sigma":1.0,"estimator":"paper","tau_start":2.0,"tau_end":0.3333333333333333,"log_probability":"scores","score_limit":70.0,"mask":"any","background_probability":"tiny","drawn_removal":"exact","score_positions":"uniform","soft_scaling":"training","aggregation":"class_weight","overlap_blend":"normalised","class_weight_start":0.0,"class_weight_minimum":-1.0,"class_weight_maximum":10.0,"label_alignment":"centre","entropy_sign":"maximise","entropy_multiplier":0.0001},"volume_xyz":[48,48,48],"patch_xyz":[24,24,24],"downsize_rate_xyz":[2,2,2],"overlap":0.5,"num_classes":5,"device":"cpu","warmup":1,"repeats":1}',92752128.0,0.0022394879999999999821,303519112.0,0,'done',1,'vm:15154',1796009643.7353448867,1.0,'','',10);
INSERT INTO task VALUES(11,'77f9b63f64d02f3ad1a1ba81527506d4c6dfabed77d9430e18f8e7fd3ba6b15f','profile','','unet','nmsw','2,full','','on','',0,'{"result_format":1,"method":"nmsw","k":["2","full"],"networks":{"backbone":"unet","backbone_config":"{\"channels\":[4,8,8],\"strides\":[2,2,1]}","global_backbone":"unet","global_config":"{\"channels\":[4,8,8],\"strides\":[2,2,1]}"},"model":{"sampler":"gumbel_top_k","perturbation_samples":500,"perturbation_sigma":1.0,"estimator":"paper","tau_start":2.0,"tau_end":0.3333333333333333,"log_probability":"scores","score_limit":70.0,"mask":"any","background_probability":"tiny","drawn_removal":"exact","score_positions":"uniform","soft_scaling":"training","aggregation":"class_weight","overlap_blend":"normalised","class_weight_start":0.0,"class_weight_minimum":-1.0,"class_weight_maximum":10.0,"label_alignment":"centre","entropy_sign":"maximise","entropy_multiplier":0.0001},"volume_xyz":[48,48,48],"patch_xyz":[24,24,24],"downsize_rate_xyz":[2,2,2],"overlap":0.5,"num_classes":5,"device":"cpu","warmup":1,"repeats":1}',865686528.0,0.023141416500000001194,303519112.0,0,'done',1,'vm:15154',1796009643.7878165244,1.0,'','',11);
CREATE TABLE experiment_task (
  experiment_id INTEGER NOT NULL REFERENCES experiment (id),
  task_id INTEGER NOT NULL REFERENCES task (id),
  PRIMARY KEY (experiment_id, task_id)
) STRICT, WITHOUT ROWID;
INSERT INTO experiment_task VALUES(1,1);
INSERT INTO experiment_task VALUES(1,2);
INSERT INTO experiment_task VALUES(1,3);
INSERT INTO experiment_task VALUES(1,4);
INSERT INTO experiment_task VALUES(1,5);
INSERT INTO experiment_task VALUES(1,6);
INSERT INTO experiment_task VALUES(1,7);
INSERT INTO experiment_task VALUES(1,8);
INSERT INTO experiment_task VALUES(1,9);
INSERT INTO experiment_task VALUES(1,10);
INSERT INTO experiment_task VALUES(1,11);
CREATE TABLE task_dependency (
  task_id INTEGER NOT NULL REFERENCES task (id),
  needs_id INTEGER NOT NULL REFERENCES task (id),
  PRIMARY KEY (task_id, needs_id)
) STRICT, WITHOUT ROWID;
INSERT INTO task_dependency VALUES(2,1);
INSERT INTO task_dependency VALUES(4,1);
INSERT INTO task_dependency VALUES(5,1);
INSERT INTO task_dependency VALUES(6,1);
INSERT INTO task_dependency VALUES(4,3);
INSERT INTO task_dependency VALUES(5,3);
INSERT INTO task_dependency VALUES(6,3);
INSERT INTO task_dependency VALUES(7,6);
CREATE TABLE run (
  id INTEGER PRIMARY KEY,
  uid TEXT NOT NULL UNIQUE,
  task_id INTEGER NOT NULL REFERENCES task (id),
  attempt INTEGER NOT NULL,
  worker TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('running', 'done', 'failed', 'released', 'superseded')),
  error TEXT NOT NULL DEFAULT '',
  "commit" TEXT,
  dirty INTEGER,
  config_sha TEXT,
  data_sha TEXT,
  host TEXT,
  cpu TEXT,
  gpu TEXT,
  threads INTEGER,
  torch TEXT,
  started TEXT NOT NULL,
  finished TEXT,
  notes TEXT,
  UNIQUE (task_id, attempt)
) STRICT;
INSERT INTO run VALUES(1,'fdd2b3b0655cb2d03aceda61d6f7eef6',1,1,'host:1','done','','',0,'eed0f9e127edb11174e2d97fa5aa9b0697d80887dc8f910db0f2fbcc9828cc1f','696270e499cf01161a82f75d8aa7ac0cd255d405e1493fa121ab9a0c7eb207f8','host','CPU','',1,'1.13.0','2026-11-30T03:32:00.541Z','2026-11-30T03:32:01.015Z','');
INSERT INTO run VALUES(2,'339a2b0632c009f8d7aa797bfd434824',2,1,'host:1','done','','',0,'e7fc451002fbbd76cb72ef34311ab3b3248abcbe37729dc96d384baf240014f1','696270e499cf01161a82f75d8aa7ac0cd255d405e1493fa121ab9a0c7eb207f8','host','CPU','',1,'1.13.0','2026-11-30T03:32:01.016Z','2026-11-30T03:32:01.510Z','');
INSERT INTO run VALUES(3,'2f10481247f72a41a797f967d8ae2e72',3,1,'host:1','done','','',0,'2276d8dbb09e088fd7ef9404985ad668b29991be20c46bdf0348fceada373418','1dbc79ab53a2d7c6a2d6a253bc028bcac684d27fe9a4f3484103d863c66ec687','host','CPU','',1,'1.13.0','2026-11-30T03:32:01.511Z','2026-11-30T03:32:01.591Z','');
INSERT INTO run VALUES(4,'3522b3571c6a7ff020da425c5c7a7fe7',4,1,'host:1','done','','',0,'55bf88ff5a284dd67017ad357c18a9ef139ab6133a87453248a4d79ed140695c','1dbc79ab53a2d7c6a2d6a253bc028bcac684d27fe9a4f3484103d863c66ec687','host','CPU','',1,'1.13.0','2026-11-30T03:32:01.591Z','2026-11-30T03:32:02.201Z','');
INSERT INTO run VALUES(5,'eec269dd4d31cbf4a15947efa608a30f',5,1,'host:1','done','','',0,'78933659ab852d84408262e3ee7e72d9cca53160670a3ad0aa54927c0691ca31','1dbc79ab53a2d7c6a2d6a253bc028bcac684d27fe9a4f3484103d863c66ec687','host','CPU','',1,'1.13.0','2026-11-30T03:32:02.202Z','2026-11-30T03:32:02.572Z','');
INSERT INTO run VALUES(6,'207c3c3704b21ba29ed857197687e7fe',6,1,'host:1','done','','',0,'5b8f70e99708fa7b5b092ed4bca78b3fb2a669d4de07839f2b06d21e65157565','1dbc79ab53a2d7c6a2d6a253bc028bcac684d27fe9a4f3484103d863c66ec687','host','CPU','',1,'1.13.0','2026-11-30T03:32:02.573Z','2026-11-30T03:32:02.759Z','');
INSERT INTO run VALUES(7,'392c90a3ffd828d42d7f8244aacd06b9',7,1,'host:1','done','','',0,'cf6afa550b9330a94af88e0f6181774f295bfe3464fe9ba885f3a3456c45487e','1dbc79ab53a2d7c6a2d6a253bc028bcac684d27fe9a4f3484103d863c66ec687','host','CPU','',1,'1.13.0','2026-11-30T03:32:02.760Z','2026-11-30T03:32:03.480Z','');
INSERT INTO run VALUES(8,'2e92b7123c15b1ca161bd470888862da',8,1,'host:1','done','','',0,'a0592e66122cad06bbeab3024c456de2551f8d855f3477cff97e463f6587d65c','','host','CPU','',1,'1.13.0','2026-11-30T03:32:03.481Z','2026-11-30T03:32:03.663Z','');
INSERT INTO run VALUES(9,'13e5c54b6741852aa8e2da6594798bd0',9,1,'host:1','done','','',0,'73c5a2fa7ede3c7e8fe5d032a6eec60f904a4073bb31a7fcff1f975b076a7717','','host','CPU','',1,'1.13.0','2026-11-30T03:32:03.664Z','2026-11-30T03:32:03.726Z','');
INSERT INTO run VALUES(10,'104c18fb01ffb5367f057c18a0164973',10,1,'host:1','done','','',0,'506c7b0ee965c820cebfb57e62d7ad7489413c4581b14f6b269214c7ca491a65','','host','CPU','',1,'1.13.0','2026-11-30T03:32:03.735Z','2026-11-30T03:32:03.782Z','');
INSERT INTO run VALUES(11,'791ccbe87116b292cc73a7da02a1feac',11,1,'host:1','done','','',0,'9095c141318b0cbd738d5516947c9ce417d84c21f321e8a29ba2b5db5d7248f5','','host','CPU','',1,'1.13.0','2026-11-30T03:32:03.787Z','2026-11-30T03:32:04.006Z','');
CREATE TABLE artifact (
  run_id INTEGER NOT NULL REFERENCES run (id),
  kind TEXT NOT NULL,
  path TEXT NOT NULL,
  sha256 TEXT NOT NULL,
  bytes INTEGER NOT NULL,
  PRIMARY KEY (run_id, kind, path)
) STRICT, WITHOUT ROWID;
INSERT INTO artifact VALUES(1,'checkpoint','results/runs/86f6cbda5ef4ff55/model.pt','082bc09158d2773507d2e0ce449cba8b80b184ab88df462d5028265324ea8adf',96575);
INSERT INTO artifact VALUES(3,'checkpoint','results/runs/7993f06ef3542a25/model.pt','f9ec991958ef6226aba0195fd629ebdbe350a0d9579444cb1bf728146beece88',96575);
INSERT INTO artifact VALUES(6,'checkpoint','results/runs/646ea43781713f85/model.pt','9fc7abab86ed9ffc91259723771a3355e5c710acbf40c7042fb4707577ed8c86',194433);
CREATE TABLE epoch_log (
  run_id INTEGER NOT NULL REFERENCES run (id),
  epoch INTEGER NOT NULL,
  learning_rate REAL,
  tau REAL,
  train_loss REAL,
  validation_loss REAL,
  loss_terms TEXT NOT NULL,
  seconds REAL,
  PRIMARY KEY (run_id, epoch)
) STRICT, WITHOUT ROWID;
INSERT INTO epoch_log VALUES(1,0,0.00029999999999999997371,NULL,1.4443907737731933593,1.4341470003128051757,'{}',0.21478968300000000901);
INSERT INTO epoch_log VALUES(3,0,0.00029999999999999997371,NULL,1.4255347251892089843,1.4123082160949707031,'{}',0.050474318999999996659);
INSERT INTO epoch_log VALUES(6,0,0.00029999999999999997371,2.0,4.2105498313903808593,2.7587370872497558593,'{"aggregated":1.3662912845611572,"entropy":3.2954046726226807,"global":1.4112846851348877,"local":1.4333033561706543}',0.15936597899999999095);
CREATE TABLE metric_value (
  run_id INTEGER NOT NULL REFERENCES run (id),
  k TEXT NOT NULL,
  case_id TEXT NOT NULL,
  class_index INTEGER NOT NULL,
  class_name TEXT NOT NULL,
  metric TEXT NOT NULL,
  value REAL,
  unit TEXT NOT NULL,
  tolerance REAL NOT NULL,
  policy TEXT NOT NULL,
  geometry TEXT NOT NULL,
  PRIMARY KEY (run_id, k, case_id, class_index, metric, unit, tolerance, geometry, policy)
) STRICT, WITHOUT ROWID;
INSERT INTO metric_value VALUES(2,'','word_0004',1,'liver','dsc',0.045576923076923077371,'1',0.0,'monai','original');
INSERT INTO metric_value VALUES(2,'','word_0004',2,'spleen','dsc',0.012174707046111702887,'1',0.0,'monai','original');
INSERT INTO metric_value VALUES(4,'','word_0004',1,'liver','dsc',0.049106778693204990171,'1',0.0,'monai','original');
INSERT INTO metric_value VALUES(4,'','word_0004',2,'spleen','dsc',0.0096132349653476421164,'1',0.0,'monai','original');
INSERT INTO metric_value VALUES(4,'global','word_0004',1,'liver','dsc',0.033156896035154301283,'1',0.0,'monai','original');
INSERT INTO metric_value VALUES(4,'global','word_0004',2,'spleen','dsc',0.013068844807467911578,'1',0.0,'monai','original');
INSERT INTO metric_value VALUES(5,'2','word_0004',1,'liver','dsc',0.045829145728643216894,'1',0.0,'monai','original');
INSERT INTO metric_value VALUES(5,'2','word_0004',2,'spleen','dsc',0.012660812742495405891,'1',0.0,'monai','original');
INSERT INTO metric_value VALUES(5,'global','word_0004',1,'liver','dsc',0.033156896035154301283,'1',0.0,'monai','original');
INSERT INTO metric_value VALUES(5,'global','word_0004',2,'spleen','dsc',0.013068844807467911578,'1',0.0,'monai','original');
INSERT INTO metric_value VALUES(7,'2','word_0004',1,'liver','dsc',0.042120112857718661203,'1',0.0,'monai','original');
INSERT INTO metric_value VALUES(7,'2','word_0004',2,'spleen','dsc',0.012350936967632026447,'1',0.0,'monai','original');
INSERT INTO metric_value VALUES(7,'full','word_0004',1,'liver','dsc',0.043075827696689210355,'1',0.0,'monai','original');
INSERT INTO metric_value VALUES(7,'full','word_0004',2,'spleen','dsc',0.014689445952418968971,'1',0.0,'monai','original');
INSERT INTO metric_value VALUES(7,'global','word_0004',1,'liver','dsc',0.038142785821268100632,'1',0.0,'monai','original');
INSERT INTO metric_value VALUES(7,'global','word_0004',2,'spleen','dsc',0.013888888888888888117,'1',0.0,'monai','original');
CREATE TABLE stage_time (
  id INTEGER PRIMARY KEY,
  run_id INTEGER NOT NULL REFERENCES run (id),
  device TEXT NOT NULL,
  hardware TEXT NOT NULL,
  backbone TEXT NOT NULL,
  method TEXT NOT NULL,
  k TEXT NOT NULL,
  extent TEXT NOT NULL,
  stage TEXT NOT NULL,
  seconds_median REAL,
  seconds_iqr REAL,
  repeats INTEGER NOT NULL,
  case_id TEXT
) STRICT;
INSERT INTO stage_time VALUES(7,2,'cpu','CPU','unet','sliding_window','','45x39x48','total',0.14204824099988400121,NULL,1,'word_0004');
INSERT INTO stage_time VALUES(14,4,'cpu','CPU','unet','zoom_out','','48x40x48','total',0.12367832799986899772,NULL,1,'word_0004');
INSERT INTO stage_time VALUES(21,5,'cpu','CPU','unet','random_foreground','2','48x40x48','total',0.0072498170000017125857,NULL,1,'word_0004');
INSERT INTO stage_time VALUES(28,7,'cpu','CPU','unet','nmsw','2','48x40x48','total',0.011469499000213545514,NULL,1,'word_0004');
INSERT INTO stage_time VALUES(35,7,'cpu','CPU','unet','nmsw','full','48x40x48','total',0.084013192999464081367,NULL,1,'word_0004');
INSERT INTO stage_time VALUES(41,8,'cpu','CPU','unet','sliding_window','','48x48x48','total',0.032953835999933289713,0.0,1,NULL);
INSERT INTO stage_time VALUES(47,9,'cpu','CPU','unet','zoom_out','','48x48x48','total',0.01659357399989858095,0.0,1,NULL);
INSERT INTO stage_time VALUES(53,10,'cpu','CPU','unet','random_foreground','2','48x48x48','total',0.0032345940001050621503,0.0,1,NULL);
INSERT INTO stage_time VALUES(59,11,'cpu','CPU','unet','nmsw','2','48x48x48','total',0.0039357030000246595591,0.0,1,NULL);
INSERT INTO stage_time VALUES(65,11,'cpu','CPU','unet','nmsw','full','48x48x48','total',0.056007772000157274305,0.0,1,NULL);
CREATE TABLE mac_count (
  run_id INTEGER NOT NULL REFERENCES run (id),
  k TEXT NOT NULL,
  macs REAL,
  macs_paper REAL,
  params REAL,
  params_paper REAL,
  PRIMARY KEY (run_id, k)
) STRICT, WITHOUT ROWID;
INSERT INTO mac_count VALUES(2,'',3184551936.0,4641960960.0,21298.0,21298.0);
INSERT INTO mac_count VALUES(4,'',1985430528.0,2790702720.0,42596.0,42596.0);
INSERT INTO mac_count VALUES(5,'2',334181376.0,469722240.0,42596.0,42596.0);
INSERT INTO mac_count VALUES(7,'2',334181781.0,469722240.0,42634.0,42596.0);
INSERT INTO mac_count VALUES(7,'full',3282840981.0,4614330240.0,42634.0,42596.0);
INSERT INTO mac_count VALUES(8,'',403107840.0,865686528.0,11554.0,11554.0);
INSERT INTO mac_count VALUES(9,'',74649600.0,154586880.0,23108.0,23108.0);
INSERT INTO mac_count VALUES(10,'2',44789760.0,92752128.0,23108.0,23108.0);
INSERT INTO mac_count VALUES(11,'2',44790165.0,92752128.0,23134.0,23108.0);
INSERT INTO mac_count VALUES(11,'full',418038165.0,865686528.0,23134.0,23108.0);
CREATE TABLE peak_memory (
  run_id INTEGER NOT NULL REFERENCES run (id),
  k TEXT NOT NULL,
  kind TEXT NOT NULL,
  bytes_measured INTEGER,
  bytes_predicted INTEGER,
  PRIMARY KEY (run_id, k, kind)
) STRICT, WITHOUT ROWID;
INSERT INTO peak_memory VALUES(1,'','host',1,12206256);
INSERT INTO peak_memory VALUES(2,'','host',1,307763992);
INSERT INTO peak_memory VALUES(3,'','host',1,6103128);
INSERT INTO peak_memory VALUES(4,'','host',1,303324616);
INSERT INTO peak_memory VALUES(5,'2','host',1,308633032);
INSERT INTO peak_memory VALUES(6,'','host',1,30515640);
INSERT INTO peak_memory VALUES(7,'2','host',1,308633032);
INSERT INTO peak_memory VALUES(7,'full','host',1,308633032);
INSERT INTO peak_memory VALUES(8,'','host',1,303187336);
INSERT INTO peak_memory VALUES(9,'','host',1,301553032);
INSERT INTO peak_memory VALUES(10,'2','host',1,303519112);
INSERT INTO peak_memory VALUES(11,'2','host',1,303519112);
INSERT INTO peak_memory VALUES(11,'full','host',1,303519112);
CREATE TABLE class_weight (
  run_id INTEGER NOT NULL REFERENCES run (id),
  class_index INTEGER NOT NULL,
  class_name TEXT NOT NULL,
  weight REAL,
  PRIMARY KEY (run_id, class_index)
) STRICT, WITHOUT ROWID;
INSERT INTO class_weight VALUES(7,0,'background',0.49992501735687255859);
INSERT INTO class_weight VALUES(7,1,'liver',0.5000749826431274414);
INSERT INTO class_weight VALUES(7,2,'spleen',0.49992501735687255859);
INSERT INTO class_weight VALUES(7,3,'left_kidney',0.5000749826431274414);
INSERT INTO class_weight VALUES(7,4,'right_kidney',0.50007492303848266601);
INSERT INTO class_weight VALUES(7,5,'stomach',0.49992525577545166015);
INSERT INTO class_weight VALUES(7,6,'gallbladder',0.50007492303848266601);
INSERT INTO class_weight VALUES(7,7,'esophagus',0.49992501735687255859);
INSERT INTO class_weight VALUES(7,8,'pancreas',0.49992501735687255859);
INSERT INTO class_weight VALUES(7,9,'duodenum',0.49992501735687255859);
INSERT INTO class_weight VALUES(7,10,'colon',0.49992501735687255859);
INSERT INTO class_weight VALUES(7,11,'intestine',0.49992501735687255859);
INSERT INTO class_weight VALUES(7,12,'adrenal',0.5000749826431274414);
INSERT INTO class_weight VALUES(7,13,'rectum',0.49992501735687255859);
INSERT INTO class_weight VALUES(7,14,'bladder',0.49992501735687255859);
INSERT INTO class_weight VALUES(7,15,'Head_of_femur_L',0.5000749826431274414);
INSERT INTO class_weight VALUES(7,16,'Head_of_femur_R',0.49992501735687255859);
CREATE TABLE patch_pick (
  run_id INTEGER NOT NULL REFERENCES run (id),
  case_id TEXT NOT NULL,
  rank INTEGER NOT NULL,
  patch_index INTEGER NOT NULL,
  score REAL,
  start_x INTEGER NOT NULL,
  start_y INTEGER NOT NULL,
  start_z INTEGER NOT NULL,
  size_x INTEGER NOT NULL,
  size_y INTEGER NOT NULL,
  size_z INTEGER NOT NULL,
  PRIMARY KEY (run_id, case_id, rank)
) STRICT, WITHOUT ROWID;
CREATE TABLE selection_map (
  run_id INTEGER NOT NULL REFERENCES run (id),
  epoch INTEGER NOT NULL,
  case_id TEXT NOT NULL,
  counts_x INTEGER NOT NULL,
  counts_y INTEGER NOT NULL,
  counts_z INTEGER NOT NULL,
  log_probability TEXT NOT NULL CHECK (json_array_length(log_probability) = counts_x * counts_y * counts_z),
  PRIMARY KEY (run_id, epoch, case_id)
) STRICT, WITHOUT ROWID;
CREATE TABLE selection_pick (
  run_id INTEGER NOT NULL REFERENCES run (id),
  epoch INTEGER NOT NULL,
  case_id TEXT NOT NULL,
  rank INTEGER NOT NULL,
  patch_index INTEGER NOT NULL,
  score REAL,
  start_x INTEGER NOT NULL,
  start_y INTEGER NOT NULL,
  start_z INTEGER NOT NULL,
  size_x INTEGER NOT NULL,
  size_y INTEGER NOT NULL,
  size_z INTEGER NOT NULL,
  PRIMARY KEY (run_id, epoch, case_id, rank)
) STRICT, WITHOUT ROWID;
CREATE TABLE case_slice (
  run_id INTEGER NOT NULL REFERENCES run (id),
  case_id TEXT NOT NULL,
  plane TEXT NOT NULL CHECK (plane IN ('axial', 'coronal')),
  position INTEGER NOT NULL,
  extent_x INTEGER NOT NULL,
  extent_y INTEGER NOT NULL,
  extent_z INTEGER NOT NULL,
  spacing_x_mm REAL NOT NULL,
  spacing_y_mm REAL NOT NULL,
  spacing_z_mm REAL NOT NULL,
  columns INTEGER NOT NULL,
  rows INTEGER NOT NULL,
  grey BLOB NOT NULL CHECK (length(grey) = columns * rows),
  label BLOB NOT NULL CHECK (length(label) = columns * rows),
  prediction BLOB CHECK (length(prediction) = columns * rows),
  k TEXT NOT NULL,
  PRIMARY KEY (run_id, case_id, plane)
) STRICT;
CREATE INDEX task_dependency_needs ON task_dependency (needs_id);
CREATE INDEX stage_time_run ON stage_time (run_id);
CREATE VIEW v_tasks AS
WITH RECURSIVE stuck (task_id) AS (
  SELECT d.task_id FROM task_dependency d JOIN task n ON n.id = d.needs_id WHERE n.state = 'failed'
  UNION
  SELECT d.task_id FROM stuck s JOIN task m ON m.id = s.task_id AND m.state = 'pending'
    JOIN task_dependency d ON d.needs_id = m.id
)
SELECT e.name AS experiment, t.key AS task_key, t.kind, t.dataset, t.backbone, t.method, t.k, t.scheme, t.seed,
  t.class_weight, t.variant,
  CASE WHEN t.state = 'pending' AND t.id IN (SELECT task_id FROM stuck) THEN 'blocked' ELSE t.state END AS state,
  t.attempt AS attempts, t.last_error, t.worker, t.lease_until_s, t.progress, t.progress_text,
  t.macs_paper, t.predicted_s, t.predicted_peak_bytes, t.cases_expected, r.id AS run, r.started, r.finished,
  round((julianday(r.finished) - julianday(r.started)) * 86400, 3) AS elapsed_s, t.id AS task_id
FROM task t
LEFT JOIN experiment_task x ON x.task_id = t.id
LEFT JOIN experiment e ON e.id = x.experiment_id
LEFT JOIN run r ON r.task_id = t.id AND r.attempt = t.attempt;
CREATE VIEW v_incomplete AS
SELECT experiment, task_key, state, attempts, last_error, kind, dataset, backbone, method, k, scheme, seed,
  class_weight, variant, progress, progress_text
FROM v_tasks WHERE state <> 'done' AND experiment IS NOT NULL;
CREATE VIEW v_finished AS
SELECT e.name AS experiment, t.done_run AS run, t.key AS task_key, t.kind, t.dataset, t.backbone, t.method, t.k,
  t.scheme, t.seed, t.class_weight, t.variant
FROM task t
JOIN experiment_task x ON x.task_id = t.id
JOIN experiment e ON e.id = x.experiment_id
WHERE t.done_run IS NOT NULL;
CREATE VIEW v_cases AS
SELECT f.run, f.experiment, f.dataset, f.backbone, f.method, m.k, f.seed, m.case_id, m.class_index, m.class_name,
  m.metric, m.value, m.unit, nullif(m.tolerance, 0) AS tolerance, m.geometry, m.policy, f.class_weight, f.variant
FROM v_finished f JOIN metric_value m ON m.run_id = f.run
WHERE m.k <> 'global';
CREATE VIEW v_global_cases AS
SELECT f.run, f.experiment, f.dataset, f.backbone, f.method, f.seed, m.case_id, m.class_index, m.class_name,
  m.metric, m.value, m.unit, nullif(m.tolerance, 0) AS tolerance, m.geometry, m.policy, f.class_weight, f.variant
FROM v_finished f JOIN metric_value m ON m.run_id = f.run
WHERE m.k = 'global';
CREATE VIEW v_gain AS
SELECT f.experiment, f.run, f.dataset, f.backbone, f.method, m.k, f.seed, f.class_weight, f.variant, m.class_index,
  m.class_name, avg(m.value) AS dsc, avg(g.value) AS dsc_global, avg(m.value - g.value) AS gain, count(*) AS cases
FROM v_finished f
JOIN metric_value m ON m.run_id = f.run AND m.metric = 'dsc' AND m.k <> 'global'
JOIN metric_value g ON g.run_id = m.run_id AND g.k = 'global' AND g.case_id = m.case_id
  AND g.class_index = m.class_index AND g.metric = m.metric AND g.unit = m.unit AND g.tolerance = m.tolerance
  AND g.geometry = m.geometry AND g.policy = m.policy
WHERE m.class_index > 0 AND m.value IS NOT NULL AND g.value IS NOT NULL
GROUP BY f.experiment, f.run, m.k, m.class_index;
CREATE VIEW v_provenance AS
SELECT r.id AS run, r."commit" AS "commit", r.dirty, r.config_sha, r.data_sha, r.host, r.cpu, r.gpu, r.threads, r.torch,
  r.started, r.finished, r.attempt, r.notes, t.key AS task_key, t.kind, t.dataset, t.backbone, t.method, t.k, t.scheme,
  t.seed, (SELECT group_concat(e.name, ', ') FROM experiment_task x JOIN experiment e ON e.id = x.experiment_id
           WHERE x.task_id = t.id) AS experiments
FROM run r JOIN task t ON t.done_run = r.id;
CREATE VIEW v_artifacts AS
SELECT f.experiment, f.task_key, f.run, f.dataset, f.backbone, f.method, f.scheme, f.seed, a.kind, a.path, a.sha256,
  a.bytes
FROM v_finished f JOIN artifact a ON a.run_id = f.run;
CREATE VIEW v_learning_curves AS
SELECT f.experiment, f.run, f.dataset, f.backbone, f.scheme, f.seed, f.class_weight, f.variant, l.epoch,
  l.learning_rate, l.tau, l.train_loss, l.validation_loss, l.loss_terms, l.seconds
FROM v_finished f JOIN epoch_log l ON l.run_id = f.run;
CREATE VIEW v_class_weights AS
SELECT f.dataset, f.backbone, f.seed, w.class_index, w.class_name, w.weight, f.experiment, f.run, f.kind, f.variant
FROM v_finished f JOIN class_weight w ON w.run_id = f.run;
CREATE VIEW v_patch_picks AS
SELECT f.experiment, f.run, f.dataset, f.backbone, f.method, f.seed, f.class_weight, f.variant, p.case_id, p.rank,
  p.patch_index, p.score, p.start_x, p.start_y, p.start_z, p.size_x, p.size_y, p.size_z
FROM v_finished f JOIN patch_pick p ON p.run_id = f.run;
CREATE VIEW v_selection_maps AS
SELECT f.experiment, f.run, f.dataset, f.backbone, f.seed, f.class_weight, f.variant, s.epoch, s.case_id, s.counts_x,
  s.counts_y, s.counts_z, s.log_probability
FROM v_finished f JOIN selection_map s ON s.run_id = f.run;
CREATE VIEW v_selection_picks AS
SELECT f.experiment, f.run, f.dataset, f.backbone, f.seed, f.class_weight, f.variant, s.epoch, s.case_id, s.rank,
  s.patch_index, s.score, s.start_x, s.start_y, s.start_z, s.size_x, s.size_y, s.size_z
FROM v_finished f JOIN selection_pick s ON s.run_id = f.run;
CREATE VIEW v_case_slices AS
SELECT f.experiment, f.run, f.kind, f.dataset, f.backbone, f.method, f.seed, f.class_weight, f.variant, s.k, s.case_id,
  s.plane, s.position, s.extent_x, s.extent_y, s.extent_z, s.spacing_x_mm, s.spacing_y_mm, s.spacing_z_mm, s.columns,
  s.rows, s.grey, s.label, s.prediction
FROM v_finished f JOIN case_slice s ON s.run_id = f.run;
CREATE VIEW v_speed AS
SELECT s.device, s.hardware, s.backbone, s.method, s.k, s.extent, s.stage, s.seconds_median, s.seconds_iqr, s.repeats,
  f.experiment, f.run, f.kind, f.dataset, f.seed, f.variant
FROM v_finished f JOIN stage_time s ON s.run_id = f.run
WHERE s.case_id IS NULL;
CREATE VIEW v_case_times AS
SELECT f.experiment, f.run, f.dataset, s.backbone, s.method, s.k, f.seed, s.case_id, s.device, s.hardware, s.extent,
  s.stage, s.seconds_median AS seconds, f.class_weight, f.variant
FROM v_finished f JOIN stage_time s ON s.run_id = f.run
WHERE s.case_id IS NOT NULL;
CREATE VIEW v_costs AS
SELECT f.experiment, f.run, f.kind, f.dataset, f.backbone, f.method, c.k, f.seed, f.variant, c.macs, c.macs_paper,
  c.params, c.params_paper
FROM v_finished f JOIN mac_count c ON c.run_id = f.run;
CREATE VIEW v_memory AS
SELECT f.experiment, f.run, f.kind, f.dataset, f.backbone, f.method, p.k, f.seed, f.variant, p.kind AS memory_kind,
  p.bytes_measured, p.bytes_predicted
FROM v_finished f JOIN peak_memory p ON p.run_id = f.run;
CREATE VIEW v_cells AS
SELECT e.name AS experiment, t.dataset, t.backbone, t.method, trim(j.value) AS k, t.class_weight, t.variant, t.seed,
  t.done_run AS run, t.cases_expected
FROM task t
JOIN experiment_task x ON x.task_id = t.id
JOIN experiment e ON e.id = x.experiment_id
JOIN json_each('[' || replace(json_quote(t.k), ',', '","') || ']') j
WHERE t.kind = 'evaluate';
CREATE VIEW v_scores AS
WITH
way AS (
  SELECT *, row_number() OVER (PARTITION BY run_id, k, metric
                               ORDER BY geometry <> 'original', unit <> 'mm', tolerance, geometry, unit, policy) AS place
  FROM (SELECT DISTINCT run_id, k, metric, unit, tolerance, geometry, policy FROM metric_value)
),
class_mean AS (
  SELECT m.run_id, m.k, m.metric, m.unit, m.tolerance, m.geometry, m.policy, avg(m.value) AS mean,
    sum(m.value) AS total, count(m.value) AS defined
  FROM metric_value m
  JOIN way w ON w.run_id = m.run_id AND w.k = m.k AND w.metric = m.metric AND w.unit = m.unit
    AND w.tolerance = m.tolerance AND w.geometry = m.geometry AND w.policy = m.policy AND w.place = 1
  WHERE m.class_index > 0
  GROUP BY m.run_id, m.k, m.metric, m.class_index
)
SELECT run_id AS run, k, metric, avg(mean) AS value, sum(total) / sum(defined) AS pooled, min(unit) AS unit,
  nullif(min(tolerance), 0) AS tolerance, min(geometry) AS geometry, min(policy) AS policy
FROM class_mean GROUP BY run_id, k, metric;
CREATE VIEW v_comparison AS
WITH
score AS MATERIALIZED (SELECT * FROM v_scores),
cell AS MATERIALIZED (
  SELECT c.*,
    (SELECT count(DISTINCT m.case_id) FROM metric_value m WHERE m.run_id = c.run AND m.k = c.k) AS cases_done,
    d.value AS dsc, d.pooled AS dsc_pooled, n.value AS nsd, n.pooled AS nsd_pooled, n.unit AS nsd_unit,
    n.tolerance AS nsd_tolerance, h.value AS hd95,
    avg(d.value) OVER same AS dsc_mean, avg(n.value) OVER same AS nsd_mean,
    (SELECT avg(s.seconds_median) FROM stage_time s
     WHERE s.run_id = c.run AND s.k IN (c.k, '') AND s.stage = 'total' AND s.case_id IS NOT NULL) AS seconds
  FROM v_cells c
  LEFT JOIN score d ON d.run = c.run AND d.k = c.k AND d.metric = 'dsc'
  LEFT JOIN score n ON n.run = c.run AND n.k = c.k AND n.metric = 'nsd'
  LEFT JOIN score h ON h.run = c.run AND h.k = c.k AND h.metric = 'hd95'
  WINDOW same AS (PARTITION BY c.experiment, c.dataset, c.backbone, c.method, c.k, c.class_weight, c.variant)
),
place AS MATERIALIZED (
  SELECT row_number() OVER () AS place_id, experiment, dataset, backbone, method, k, class_weight, variant,
    count(run) AS seeds, count(*) AS seeds_expected, max(cases_expected) AS cases_expected,
    min(run IS NOT NULL AND cases_done >= cases_expected) AS complete,
    avg(dsc) AS dsc, sqrt(sum((dsc - dsc_mean) * (dsc - dsc_mean)) / nullif(count(dsc) - 1, 0)) AS dsc_sd,
    avg(dsc_pooled) AS dsc_pooled,
    avg(nsd) AS nsd, sqrt(sum((nsd - nsd_mean) * (nsd - nsd_mean)) / nullif(count(nsd) - 1, 0)) AS nsd_sd,
    avg(nsd_pooled) AS nsd_pooled, min(nsd_unit) AS nsd_unit, min(nsd_tolerance) AS nsd_tolerance,
    avg(hd95) AS hd95, avg(seconds) AS seconds
  FROM cell GROUP BY experiment, dataset, backbone, method, k, class_weight, variant
),
counted AS (
  SELECT p.place_id, count(DISTINCT m.case_id) AS cases
  FROM place p
  JOIN cell c USING (experiment, dataset, backbone, method, k, class_weight, variant)
  JOIN (SELECT DISTINCT run_id, k, case_id FROM metric_value) m ON m.run_id = c.run AND m.k = c.k
  GROUP BY p.place_id
),
cost AS (
  SELECT p.place_id, v.macs, v.macs_paper, v.params, v.params_paper,
    row_number() OVER (PARTITION BY p.place_id ORDER BY v.kind <> 'profile', v.dataset = '', v.k = '',
                       v.variant <> p.variant, v.run DESC) AS choice
  FROM place p
  JOIN v_costs v ON v.experiment = p.experiment AND v.backbone = p.backbone AND v.method = p.method
    AND v.k IN (p.k, '') AND v.dataset IN (p.dataset, '')
),
speed AS (
  SELECT p.place_id, v.seconds_median, v.device LIKE 'cpu%' AS on_cpu,
    row_number() OVER (PARTITION BY p.place_id, v.device LIKE 'cpu%'
                       ORDER BY v.dataset = '', v.k = '', v.variant <> p.variant, v.run DESC) AS choice
  FROM place p
  JOIN v_speed v ON v.experiment = p.experiment AND v.backbone = p.backbone AND v.method = p.method
    AND v.k IN (p.k, '') AND v.dataset IN (p.dataset, '') AND v.kind = 'profile' AND v.stage = 'total'
),
memory AS (
  SELECT p.place_id, v.bytes_measured, v.bytes_predicted,
    row_number() OVER (PARTITION BY p.place_id ORDER BY v.kind <> 'profile', v.bytes_measured IS NULL,
                       v.memory_kind <> 'cuda', v.dataset = '', v.k = '', v.variant <> p.variant, v.run DESC) AS choice
  FROM place p
  JOIN v_memory v ON v.experiment = p.experiment AND v.backbone = p.backbone AND v.method = p.method
    AND v.k IN (p.k, '') AND v.dataset IN (p.dataset, '')
)
SELECT p.experiment, p.dataset, p.backbone, p.method, p.k, p.seeds, coalesce(n.cases, 0) AS cases, p.cases_expected,
  p.dsc, p.dsc_sd, p.nsd, p.nsd_sd, p.nsd_unit, p.nsd_tolerance,
  c.macs / 1e12 AS macs_t, c.macs_paper / 1e12 AS macs_paper_t,
  c.params / 1e6 AS params_m, c.params_paper / 1e6 AS params_paper_m,
  g.seconds_median AS gpu_s, h.seconds_median AS cpu_s, m.bytes_measured / 1e9 AS memory_gb,
  m.bytes_predicted / 1e9 AS memory_predicted_gb,
  p.class_weight, p.variant, p.seeds_expected, p.complete, p.dsc_pooled, p.nsd_pooled, p.hd95, p.seconds
FROM place p
LEFT JOIN counted n ON n.place_id = p.place_id
LEFT JOIN cost c ON c.place_id = p.place_id AND c.choice = 1
LEFT JOIN speed g ON g.place_id = p.place_id AND g.choice = 1 AND NOT g.on_cpu
LEFT JOIN speed h ON h.place_id = p.place_id AND h.choice = 1 AND h.on_cpu
LEFT JOIN memory m ON m.place_id = p.place_id AND m.choice = 1;
CREATE VIEW v_top_k AS
SELECT dataset, backbone, method, class_weight, k, dsc, nsd, coalesce(seconds, gpu_s, cpu_s) AS seconds,
  experiment, variant, seeds, cases, cases_expected, dsc_sd, nsd_sd, macs_t, macs_paper_t, complete
FROM v_comparison WHERE k <> '';
COMMIT;
